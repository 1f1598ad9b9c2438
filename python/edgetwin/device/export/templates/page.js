const MODULE = "@MODULE@";
const ROWS_SHOWN = 12;
const element = (id) => document.getElementById(id);
const model = await load(Uint8Array.from(atob(MODULE), (character) => character.charCodeAt(0)));
const steps = info.source?.length ?? info.samples / info.axes;

// Text of a result: four decimals, as the sketches print them.
const shown = (value) => value.toFixed(4);
const bestOf = (results) => results.indexOf(Math.max(...results));

function add(parent, tag, text = "") {
  const made = document.createElement(tag);
  made.textContent = text;
  parent.append(made);
  return made;
}

// The last samples that were pushed: as many as a window has.
let recent = [];
function pushed(sample) {
  recent = recent.concat(sample).slice(-steps * info.axes);
  return model.push(sample);
}

function show(samples, results, note, found = bestOf(results)) {
  const value = element("value");
  if (info.classifies) {
    value.textContent = info.names[found] ?? "–";
  } else {
    value.textContent = results.length === 1 ? String(Number(results[0].toPrecision(4))) : `${results.length} values`;
    if (info.unit) add(value, "small", info.unit);
  }
  element("state").textContent = note;
  const bars = element("bars");
  bars.replaceChildren();
  bars.className = info.classifies ? "" : "list";
  if (info.classifies || results.length > 1) {
    const order = [...results.keys()];
    if (info.classifies) order.sort((a, b) => results[b] - results[a]);
    for (const i of order.slice(0, ROWS_SHOWN)) {
      const bar = add(bars, "div");
      bar.className = "bar";
      add(bar, "span", info.names[i]);
      if (info.classifies) {
        const track = add(bar, "span");
        track.className = "track";
        add(track, "i").style.width = `${100 * Math.min(1, Math.max(0, results[i]))}%`;
      }
      add(bar, "span", shown(results[i]));
    }
    if (results.length > ROWS_SHOWN) add(bars, "div", `and ${results.length - ROWS_SHOWN} more`).className = "soft";
  }
  draw(samples);
}

function draw(samples) {
  const canvas = element("plot");
  if (info.source?.kind === "picture") return;
  const scale = window.devicePixelRatio || 1;
  const width = (canvas.width = canvas.clientWidth * scale);
  const height = (canvas.height = canvas.clientHeight * scale);
  const context = canvas.getContext("2d");
  const colors = getComputedStyle(document.documentElement).getPropertyValue("--series").split(",");
  let low = Infinity, high = -Infinity;
  for (const value of samples) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const spread = high - low || 1;
  context.lineWidth = 1.6 * scale;
  context.lineJoin = "round";
  for (let axis = 0; axis < info.axes; ++axis) {
    context.strokeStyle = colors[axis % colors.length].trim();
    context.beginPath();
    for (let step = 0; step < steps; ++step) {
      const x = (step / Math.max(1, steps - 1)) * (width - 4 * scale) + 2 * scale;
      const y = height - 4 * scale - ((samples[step * info.axes + axis] - low) / spread) * (height - 8 * scale);
      context.lineTo(x, y);
    }
    context.stroke();
  }
}

// CSV to predictions: {windows: samples, results, codes and found output of each, rest: rows that fill no window}.
function predictionsOf(text) {
  if (!info.source) {
    const { windows, rest } = windowsOf(text);
    const predicted = (samples) => {
      const results = model.predict(samples);
      return { samples, results, codes: model.codes, found: bestOf(results) };
    };
    return { windows: windows.map(predicted), rest };
  }
  model.reset();
  recent = [];
  const windows = rowsOf(text).flatMap((row) => {
    const answers = pushed(row);
    return answers.map(({ codes, values, label }) =>
      ({ samples: recent, results: values, codes: [codes], found: info.source.kind === "gait" ? bestOf(values) : label }));
  });
  if (windows.length === 0) throw new Error("no window has ended with these samples");
  return { windows, rest: 0 };
}

// Samples of CSV, without a first column of times; whole windows where a row has as many numbers.
function rowsOf(text) {
  const rows = [];
  text.split(/\r?\n/).forEach((line, number) => {
    const cells = line.trim().split(/\s*[,;\t]\s*|\s+/).filter((cell) => cell !== "");
    if (cells.length === 0) return;
    const values = cells.map(Number);
    const wrong = values.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      if (rows.length === 0 && values.every(Number.isNaN)) return;  // names of columns
      throw new Error(`line ${number + 1}: "${cells[wrong]}" is no number`);
    }
    rows.push({ values, number: number + 1 });
  });
  if (rows.length === 0) throw new Error("there are no numbers");
  const width = rows[0].values.length;
  const uneven = rows.find((row) => row.values.length !== width);
  if (uneven) throw new Error(`line ${uneven.number} has ${uneven.values.length} numbers, line ${rows[0].number} has ${width}`);
  if (!info.source && width === info.samples) return rows.map((row) => row.values);
  const timed = width === info.axes + 1;
  if (timed) {
    const back = rows.findIndex((row, i) => i > 0 && row.values[0] <= rows[i - 1].values[0]);
    if (back >= 0) throw new Error(`line ${rows[back].number}: its time does not follow the one before`);
  } else if (width !== info.axes) {
    const accepted = [info.axes, info.axes + 1].map((count) => count + (count > info.axes ? " (time first)" : ""));
    const last = info.source ? accepted.pop() : info.samples;
    throw new Error(`rows of ${width} numbers; accepted are ${accepted.join(", ")} or ${last}`);
  }
  return rows.map(({ values }) => (timed ? values.slice(1) : values));
}

// Rows to windows: {windows: samples of each, rest: rows that fill no window}.
function windowsOf(text) {
  const rows = rowsOf(text);
  if (rows[0].length === info.samples) return { windows: rows, rest: 0 };
  const windows = [];
  for (let first = 0; first + steps <= rows.length; first += steps) {
    windows.push(rows.slice(first, first + steps).flat());
  }
  if (windows.length === 0) throw new Error(`${rows.length} rows are no window: it has ${steps}`);
  return { windows, rest: rows.length % steps };
}

function predictText(text) {
  const table = element("windows");
  table.hidden = true;
  element("problem").textContent = "";
  let found;
  try {
    found = predictionsOf(text);
  } catch (error) {
    element("problem").textContent = error.message;
    return;
  }
  const head = table.tHead;
  const body = table.tBodies[0];
  head.replaceChildren();
  body.replaceChildren();
  const titles = add(head, "tr");
  const many = info.results > 1;
  for (const title of ["window", ...(info.classifies ? ["class", "score"] : [info.names[0] + (info.unit && ` (${info.unit})`)]), many ? "codes" : "code"]) {
    add(titles, "th", title);
  }
  found.windows.forEach(({ samples, results, codes: arrays, found: best }, i) => {
    const codes = arrays.map((array) => Array.from(array.subarray(0, ROWS_SHOWN)).join(" ") + (array.length > ROWS_SHOWN ? " …" : "")).join(" | ");
    const row = add(body, "tr");
    const cells = info.classifies ? [info.names[best] ?? "–", shown(results[best] ?? Math.max(...results))] : [shown(results[0])];
    for (const text of [`${i + 1}`, ...cells, codes]) add(row, "td", text);
    const choose = () => {
      for (const other of body.rows) other.setAttribute("aria-selected", other === row);
      show(samples, results, `window ${i + 1} of ${found.windows.length}`, best);
    };
    row.addEventListener("click", choose);
    if (i === 0) choose();
  });
  table.hidden = false;
  if (found.rest) element("problem").textContent = `The last ${found.rest} rows fill no window and are left out.`;
}

// Waves over the range of codes that the first input has: something to see without a sensor.
function testSignal() {
  const { scale, zeroPoint, dtype } = info.inputs[0];
  if (info.source) {
    const size = { sound: 8000, picture: 127, gait: 90 }[info.source.kind] ?? 1;
    const value = (step, axis) => size * Math.sin((2 * Math.PI * (axis % 3 + 1) * step) / steps + axis);
    const told = (x) => (info.source.dtype === "float32" ? x.toPrecision(5) : Math.round(x) + (info.source.dtype === "uint8" ? 128 : 0));
    const row = (_, step) => Array.from({ length: info.axes }, (_, axis) => told(value(step, axis))).join(", ");
    return Array.from({ length: 3 * steps }, row).join("\n");
  }
  const half = (dtype === "int16" ? 32767 : 127) * (scale ?? 1 / 127);
  const middle = dtype === "int8" || dtype === "uint8" ? ((dtype === "int8" ? 0 : 128) - (zeroPoint ?? 0)) * (scale ?? 0) : 0;
  const lines = [];
  for (let step = 0; step < steps; ++step) {
    const row = [];
    for (let axis = 0; axis < info.axes; ++axis) {
      row.push((middle + 0.6 * half * Math.sin((2 * Math.PI * (axis % 3 + 1) * step) / steps + axis)).toPrecision(5));
    }
    lines.push(row.join(", "));
  }
  return lines.join("\n");
}

// Motion: the newest reading is taken at the model's rate, as a sketch on a board does.
const motion = { running: false, reading: null, events: 0, began: 0, next: 0, window: [], taken: 0, timer: 0 };

function onMotion(event) {
  const a = event.accelerationIncludingGravity, r = event.rotationRate;
  if (a?.x == null) return;
  motion.reading = [a.x, a.y, a.z, r?.beta ?? 0, r?.gamma ?? 0, r?.alpha ?? 0];
  motion.events += 1;
}

function tick() {
  const now = performance.now();
  if (!motion.reading) {
    if (now - motion.began > 2000) stop("This device tells no motion. On a phone, open the page over https.");
    return;
  }
  if (now - motion.next > 1000) {
    // The page slept: what it missed cannot be made up.
    motion.next = now;
    motion.window = [];
    if (info.source) model.reset();
  }
  const acceleration = Number(element("acceleration").value), rotation = Number(element("rotation").value);
  for (; motion.next <= now; motion.next += 1000 / info.rateHz) {
    const [x, y, z, ...turns] = motion.reading;
    const moves = [x, y, z].map((value) => value * acceleration);
    const parts = [moves, turns.map((value) => value * rotation)];
    let sample = (element("order").value ? parts.reverse() : parts).flat();
    if (info.axes === 1) sample = [acceleration * Math.hypot(x, y, z)];
    else if (info.axes === 3) sample = moves;
    if (info.source) {
      motion.taken += 1;
      for (const { values, label } of pushed(sample)) {
        show(recent, values, "live", info.source.kind === "gait" ? undefined : label);
      }
      continue;
    }
    motion.window.push(...sample);
    if (motion.window.length === info.samples) {
      show(motion.window, model.predict(motion.window), "live");
      motion.window = motion.window.slice(Math.ceil(steps / 2) * info.axes);
    }
  }
  const rate = (1000 * motion.events) / (now - motion.began);
  const filled = info.source ? motion.taken : `${Math.floor(motion.window.length / info.axes)} of ${steps}`;
  element("sensor").textContent = `${filled} samples; the sensor gives ${rate.toFixed(0)} a second, the model takes ${info.rateHz}.`;
}

async function start() {
  element("refused").textContent = "";
  if (motion.running) return stop("");
  try {
    if (typeof DeviceMotionEvent === "undefined") throw new Error("this browser tells pages nothing of motion");
    const answer = await DeviceMotionEvent.requestPermission?.();
    if (answer !== undefined && answer !== "granted") throw new Error("the sensor may not be used: permission was refused");
  } catch (error) {
    element("refused").textContent = error.message;
    return undefined;
  }
  const now = performance.now();
  Object.assign(motion, { running: true, reading: null, events: 0, began: now, next: now, window: [], taken: 0 });
  if (info.source) model.reset();
  window.addEventListener("devicemotion", onMotion);
  motion.timer = setInterval(tick, 20);
  element("start").textContent = "Stop";
  return undefined;
}

function stop(problem) {
  window.removeEventListener("devicemotion", onMotion);
  clearInterval(motion.timer);
  motion.running = false;
  element("start").textContent = "Start";
  element("refused").textContent = problem;
}

const described = (tensor) => `${tensor.dtype} [${tensor.shape.join(", ")}]`;
for (const [name, text] of [
  ["hash", info.hash],
  ["input", info.inputs.map(described).join(", ")],
  ["output", info.outputs.map(described).join(", ")],
  ["operators", `${info.operators.length}`],
  ["arena", `${info.arenaBytes.toLocaleString("en")} bytes`],
]) {
  add(element("facts"), "dt", name);
  add(element("facts"), "dd", text);
}
const accepted = [];
if (steps > 1 || info.source) accepted.push(`rows of ${info.axes} (${steps} rows are a window; a first column of times is left out)`);
if (!info.source) accepted.push(`a whole window of ${info.samples} numbers a row`);
element("accepted").textContent = `CSV: ${accepted.join(", or ")}. Real units, as in training.`;
if (info.source?.kind === "gait") {
  element("order").value = "1";  // as the pipeline takes them: rotation in degrees a second, acceleration in g
  element("acceleration").selectedIndex = 1;
}
element("motion").hidden = !info.motion;
element("turning").hidden = element("ordering").hidden = info.axes !== 6;
element("sensor").textContent = `A window is ${steps} samples at ${info.rateHz} a second.`;
element("start").addEventListener("click", start);
element("predict").addEventListener("click", () => predictText(element("numbers").value));
element("example").addEventListener("click", () => {
  element("numbers").value = testSignal();
  predictText(element("numbers").value);
});

async function open(file) {
  if (!file) return;
  element("numbers").value = await file.text();
  predictText(element("numbers").value);
}
element("file").addEventListener("change", (event) => open(event.target.files[0]));
element("numbers").addEventListener("dragover", (event) => event.preventDefault());
element("numbers").addEventListener("drop", (event) => {
  if (event.dataTransfer.files.length === 0) return;
  event.preventDefault();
  open(event.dataTransfer.files[0]);
});
document.body.dataset.state = "ready";
