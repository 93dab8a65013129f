// Size of guard.wasm and time of a check in Node, least of nine: node bench/guard_wasm.mjs (after tools/test_wasm.sh).
import { gzipSync } from 'node:zlib';
import { Guard, guardWasm, ready } from '../tests/wasm/modules.mjs';

const timed = async (run) => {
  const start = performance.now();
  const value = await run();
  return { value, ms: performance.now() - start };
};
const least = (times) => Math.min(...times).toFixed(1);

console.log(`guard.wasm ${guardWasm.length} bytes, ${gzipSync(guardWasm, { level: 9 }).length} with gzip -9`);
const loads = [];
for (let i = 0; i < 9; i++) loads.push((await timed(() => Guard.load(guardWasm))).ms);
console.log(`load ${least(loads)} ms`);
const { guard, testing, epoch } = await ready();
for (const [width, height] of [[320, 240], [1024, 768], [4032, 3024]]) {
  const picture = testing.pixels(width, height, 8);
  const begins = [];
  const finishes = [];
  for (let i = 0; i < 9; i++) {
    const begun = await timed(() => guard.beginPicture(picture, 'sending', epoch.nowMs));
    const replies = testing.answer(begun.value.requests);
    begins.push(begun.ms);
    finishes.push((await timed(() => guard.finishPicture(begun.value.check, replies))).ms);
  }
  console.log(`${width}x${height}: begin ${least(begins)} ms, finish ${least(finishes)} ms`);
}
