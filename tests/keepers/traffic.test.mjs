// A network watcher who counts bytes cannot tell a match from no match, nor a skipped picture from a checked one.
import assert from 'node:assert/strict';
import test from 'node:test';
import { blankPicture, drawnPicture } from './drawn_picture.mjs';
import { atDistance, Proxy, ThreeKeepers } from './three_keepers.mjs';

const size = (chunks) => chunks.reduce((sum, chunk) => sum + chunk.length, 0);

/** Per keeper, in order: bytes up and down of every connection. What a watcher sees of sizes, numbers and order. */
const shapeOf = (proxies) => proxies.map((proxy) => proxy.conversations.map((c) => [size(c.up), size(c.down)]));

/** The check itself: an empty list if all runs look alike. */
function differences(shapes) {
  const first = JSON.stringify(shapes[0]);
  return shapes.map((shape, i) => [i, JSON.stringify(shape)]).filter(([, text]) => text !== first);
}

test('traffic has the same number, order and size for match, no match and low quality', async (t) => {
  const keepers = await ThreeKeepers.prepare(t);
  keepers.write('listed.png', drawnPicture(1));
  keepers.write('other.png', drawnPicture(2));
  keepers.write('blank.png', blankPicture());
  const hash = await keepers.pdq('listed.png');
  const hashes = Array.from({ length: 30 }, (_, i) => atDistance((i + 2).toString(16).repeat(64).slice(0, 64), 40));
  await keepers.serve(await keepers.makeList('drawn', [...hashes, atDistance(hash, 4), atDistance(hash, 10)]));
  const watch = async (file, verdict, afterwards = async () => {}) => {
    const proxies = await Promise.all(keepers.ports.map((port) => Proxy.start(t, port)));
    const run = await keepers.match([file], proxies.map((proxy) => `http://127.0.0.1:${proxy.port}`));
    assert.equal(run.json()[0].verdict, verdict, run.err);
    await afterwards(proxies);
    return shapeOf(proxies);
  };
  const shapes = [await watch('listed.png', 'match'), await watch('other.png', 'no-match'),
    await watch('blank.png', 'skipped'), await watch('listed.png', 'match')];
  // Manifest, tiles from one, leaves from another, and the query.
  assert.deepEqual(shapes[0].map((conversations) => conversations.length), [3, 3, 2]);
  assert.deepEqual(differences(shapes), []);

  // Planted: a client that fetches the tiles again after a match, as one would that looks up what it matched.
  const betrayed = await watch('listed.png', 'match', async ([proxy]) => {
    await (await fetch(`http://127.0.0.1:${proxy.port}/v1/tiles`)).arrayBuffer();
  });
  assert.notDeepEqual(differences([...shapes, betrayed]), []);
  // Planted: a request that is one byte longer.
  const longer = structuredClone(shapes[1]);
  longer[2].at(-1)[0] += 1;
  assert.notDeepEqual(differences([...shapes, longer]), []);
});
