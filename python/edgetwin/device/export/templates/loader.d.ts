// Types of @NAME@.js. Written by edgetwin @VERSION@.

export type Codes =
  | Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array | BigInt64Array
  | BigUint64Array;

export interface Tensor {
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly scale: number | null;
  readonly zeroPoint: number | null;
}

export interface Operator {
  readonly index: number;
  readonly name: string;
  readonly dtype: string;
  readonly shape: readonly number[];
}

export interface Info {
  readonly name: string;
  /** First 16 hex digits of the model file's SHA-256. */
  readonly hash: string;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly operators: readonly Operator[];
  /** Real values that `predict` takes and gives. */
  readonly samples: number;
  readonly results: number;
  /** Values of a sensor's sample. */
  readonly axes: number;
  /** Whether the input may come from a motion sensor. */
  readonly motion: boolean;
  readonly rateHz: number;
  readonly classifies: boolean;
  readonly names: readonly string[];
  readonly unit: string;
  readonly arenaBytes: number;
  /** How `push` takes samples; null where the model takes whole windows only. */
  readonly source: null | {
    readonly kind: string;
    readonly dtype: string;
    readonly axes: number;
    readonly length: number;
  };
}

export interface Answer {
  /** The model's own output. */
  readonly codes: Codes;
  /** It, or its mean over the last windows, in real units. */
  readonly values: Float32Array;
  /** The output that counts as found, -1 for none. */
  readonly label: number;
}

export declare const info: Info;

export declare class Model {
  private constructor();
  /** Runs the model once on its own codes. State, where the model has any, is kept from run to run. */
  run(@INPUTS@): @OUTPUTS@;
  /** As `run`, and shows what every operator computes, by its index in the model file. */
  trace(@INPUTS@): { outputs: Codes[]; operators: Map<number, Codes> };
  /** Quantizes `info.samples` real values, runs, dequantizes `info.results` values. */
  predict(samples: ArrayLike<number>): Float32Array;
  /** Takes samples as they come, `info.source.axes` values each; an answer for each window that has ended. */
  push(samples: ArrayLike<number>): Answer[];
  /** The codes of the last run's or prediction's outputs. */
  readonly codes: Codes[];
  /** Forgets the runs and samples before. */
  reset(): void;
}

/** Loads the model; by default from @NAME@.wasm beside the script. */
export declare function load(
  source?: BufferSource | Response | PromiseLike<Response> | URL | string,
): Promise<Model>;
