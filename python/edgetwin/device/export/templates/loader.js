// The neural network @NAME@ in WebAssembly: the bytes that a board computes. Written by edgetwin @VERSION@; types for
// TypeScript are in @NAME@.d.ts.
//
//   import { load } from "./@NAME@.js";
//   const model = await load();
//   model.predict(samples);  // real values in, real values out
// @ts-check

/** @typedef {Int8Array | Uint8Array | Int16Array | Uint16Array | Int32Array | Uint32Array | Float32Array |
 *            BigInt64Array | BigUint64Array} Codes */
/** @typedef {{name: string, dtype: string, shape: number[], scale: number | null, zeroPoint: number | null}} Tensor */
/** @typedef {{index: number, name: string, dtype: string, shape: number[]}} Operator */

/** @type {Record<string, any>} */
const ARRAYS = {
  bool: Uint8Array, int8: Int8Array, uint8: Uint8Array, int16: Int16Array, uint16: Uint16Array, int32: Int32Array,
  uint32: Uint32Array, float32: Float32Array, int64: BigInt64Array, uint64: BigUint64Array,
};

/**
 * What the model is: its hash (start of the file's SHA-256), inputs and outputs, operators, and how results are read.
 * @type {{name: string, hash: string, inputs: Tensor[], outputs: Tensor[], operators: Operator[], samples: number,
 *         results: number, axes: number, motion: boolean, rateHz: number, classifies: boolean, names: string[],
 *         unit: string, arenaBytes: number,
 *         source: null | {kind: string, dtype: string, axes: number, length: number}}}
 */
export const info = @INFO@;

/** A model in memory of its own; made by `load`. */
export class Model {
  #wasm;
  #observer;

  /**
   * @param {Record<string, any>} wasm  the module's exports
   * @param {{see: null | ((operator: number, offset: number, data: number, bytes: number) => void)}} observer
   */
  constructor(wasm, observer) {
    this.#wasm = wasm;
    this.#observer = observer;
    const text = new Uint8Array(wasm.memory.buffer, wasm.hash(), info.hash.length);
    const hash = String.fromCharCode(...text);
    if (hash !== info.hash) throw new Error(`the module holds the model ${hash}, this loader is of ${info.hash}`);
  }

  /**
   * Runs the model once on its own codes. State, where the model has any, is kept from run to run.
   * @param {...Codes} inputs  one array for each of `info.inputs`, of its dtype and size
   * @returns {Codes | Codes[]} an array; of models with several outputs a list of them
   */
  run(...inputs) {
    this.#fill(inputs);
    this.#wasm.run(0);
    const outputs = this.#outputs();
    return outputs.length === 1 ? outputs[0] : outputs;
  }

  /**
   * As `run`, and shows what every operator computes.
   * @param {...Codes} inputs
   * @returns {{outputs: Codes[], operators: Map<number, Codes>}} by the operator's index in the model file
   */
  trace(...inputs) {
    this.#fill(inputs);
    /** @type {Map<number, Codes>} */
    const operators = new Map();
    /** @type {Map<number, Uint8Array>} */
    const bytes = new Map();
    for (const { index, dtype, shape } of info.operators) {
      const values = new ARRAYS[dtype](shape.reduce((size, length) => size * length, 1));
      operators.set(index, values);
      bytes.set(index, new Uint8Array(values.buffer));
    }
    this.#observer.see = (operator, offset, data, count) =>
      bytes.get(operator)?.set(new Uint8Array(this.#wasm.memory.buffer, data, count), offset);
    try {
      this.#wasm.run(1);
    } finally {
      this.#observer.see = null;
    }
    return { outputs: this.#outputs(), operators };
  }

  /**
   * Quantizes, runs, dequantizes.
   * @param {ArrayLike<number>} samples  `info.samples` real values: all inputs' elements, one input after the other
   * @returns {Float32Array} `info.results` real values; see `info.names` and `info.unit`
   */
  predict(samples) {
    if (samples.length !== info.samples) {
      throw new RangeError(`${samples.length} samples, accepted are ${info.samples}`);
    }
    const given = Float32Array.from(samples);
    const wrong = given.findIndex(Number.isNaN);
    if (wrong >= 0) throw new RangeError(`sample ${wrong} is not a number`);
    new Float32Array(this.#wasm.memory.buffer, this.#wasm.samples(), info.samples).set(given);
    this.#wasm.predict();
    return new Float32Array(this.#wasm.memory.buffer, this.#wasm.results(), info.results).slice();
  }

  /**
   * Takes samples as they come from a sensor: windows or strides of them, or their features, are what the model is
   * given. Only of modules that were exported with a source of samples.
   * @param {ArrayLike<number>} samples  `info.source.axes` values a sample, one sample after the other; none or more
   * @returns {{codes: Codes, values: Float32Array, label: number}[]} for each window that has ended: the model's own
   *   output, it or its mean in real units, and the output that counts as found, -1 for none
   */
  push(samples) {
    const source = info.source;
    if (source === null) throw new Error("the model takes whole windows: predict()");
    if (samples.length % source.axes !== 0) {
      throw new RangeError(`${samples.length} values, accepted are samples of ${source.axes}`);
    }
    const [low, high] = { int16: [-32768, 32767], uint8: [0, 255] }[source.dtype] ?? [-Infinity, Infinity];
    for (let i = 0; i < samples.length; ++i) {
      const value = samples[i];
      const holds = source.dtype === "float32" ? Number.isFinite(value) : Number.isInteger(value);
      if (!holds || value < low || value > high) {
        throw new RangeError(`value ${i} is ${value}, accepted are ${source.dtype === "float32" ? "finite" : source.dtype} numbers`);
      }
    }
    const answers = [];
    for (let first = 0; first < samples.length; first += source.axes) {
      const buffer = this.#wasm.memory.buffer;
      new ARRAYS[source.dtype](buffer, this.#wasm.sample(), source.axes).set(
        Array.prototype.slice.call(samples, first, first + source.axes));
      if (this.#wasm.push() === 0) continue;
      const codes = this.#array(info.outputs[0], this.#wasm.pushed()).slice();
      const values = new Float32Array(buffer, this.#wasm.results(), info.results).slice();
      answers.push({ codes, values, label: this.#wasm.label() });
    }
    return answers;
  }

  /** The codes of the last run's or prediction's outputs. */
  get codes() {
    return this.#outputs();
  }

  /** Forgets the runs and samples before; does nothing where the model has no state and no source. */
  reset() {
    this.#wasm.reset();
  }

  /** @param {Codes[]} inputs */
  #fill(inputs) {
    if (inputs.length !== info.inputs.length) {
      throw new TypeError(`${inputs.length} inputs, accepted are ${info.inputs.length}`);
    }
    info.inputs.forEach((tensor, i) => {
      const wanted = this.#array(tensor, this.#wasm.input(i));
      if (inputs[i]?.constructor !== wanted.constructor || inputs[i].length !== wanted.length) {
        const came = inputs[i]?.constructor?.name ?? inputs[i];
        throw new TypeError(
          `input ${tensor.name}: ${came} of ${inputs[i]?.length}, accepted is ${wanted.constructor.name} of ${wanted.length}`);
      }
      wanted.set(/** @type {any} */ (inputs[i]));
    });
  }

  /** @returns {Codes[]} */
  #outputs() {
    return info.outputs.map((tensor, i) => this.#array(tensor, this.#wasm.output(i)).slice());
  }

  /**
   * @param {Tensor} tensor
   * @param {number} address
   * @returns {Codes}
   */
  #array(tensor, address) {
    const size = tensor.shape.reduce((all, length) => all * length, 1);
    return new ARRAYS[tensor.dtype](this.#wasm.memory.buffer, address, size);
  }
}

/**
 * Loads the model; a page, a worker or Node.
 * @param {BufferSource | Response | PromiseLike<Response> | URL | string} [source]  the module's bytes, or where they
 *   are; by default @NAME@.wasm beside this file
 * @returns {Promise<Model>}
 */
export async function load(source = new URL("./@NAME@.wasm", import.meta.url)) {
  /** @typedef {(operator: number, offset: number, data: number, bytes: number) => void} See */
  /** @type {{see: null | See}} */
  const observer = { see: null };
  /** @type {See} */
  const see = (operator, offset, data, bytes) => observer.see?.(operator, offset, data, bytes);
  const { instance } = await WebAssembly.instantiate(await bytesOf(await source), { edgetwin: { see } });
  /** @type {any} */ (instance.exports)._initialize?.();  // Emscripten's modules have it
  return new Model(instance.exports, observer);
}

/** @param {any} source */
async function bytesOf(source) {
  if (source instanceof ArrayBuffer || ArrayBuffer.isView(source)) return source;
  if (typeof Response !== "undefined" && source instanceof Response) return source.arrayBuffer();
  if (String(source).startsWith("file:") && "process" in globalThis) {
    // Node's fetch has no file: addresses.
    // @ts-ignore  its types are not everywhere
    return (await import("node:fs/promises")).readFile(new URL(source));
  }
  const answer = await fetch(source);
  if (!answer.ok) throw new Error(`${source}: ${answer.status} ${answer.statusText}`);
  return answer.arrayBuffer();
}
