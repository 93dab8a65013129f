// What a match discloses, level by level: the guard and the host's traffic, with a host that breaks each rule.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Guard, Reader, Testing, codeOf, disclosingWasm, guardWasm, pictures, toHex } from './modules.mjs';

const kLevels = ['prevent', 'offer', 'disclose'];

async function matched(wasm, level, direction) {
  const testing = await Testing.load();
  const guard = await Guard.load(wasm);
  const epoch = testing.epoch(5, level);
  guard.installEpoch(epoch);
  guard.policy(direction);
  const begun = guard.beginPicture(pictures.listed(testing), direction, epoch.nowMs);
  const verdict = guard.finishPicture(begun.check, testing.answer(begun.requests));
  const { descriptor } = guard.sealAttachment(new Uint8Array(100), 'image/png');
  const sender = '10'.repeat(16);
  const conversation = '20'.repeat(16);
  const franked = guard.frank({ type: 'picture', sender, conversation, body: '', attachments: [descriptor], refs: [], expiresAfter: 0 });
  const message = {
    contentBytes: franked.contentBytes, attachment: 0, openingKey: franked.openingKey,
    stamped: direction === 'sending' ? null : { context: contextBytes(sender, conversation), stamp: new Uint8Array(32).fill(9) },
  };
  return { guard, begun, verdict, message, epoch };
}
/** docs/reference/franking.md, context version 1. */
function contextBytes(sender, conversation) {
  const out = new Uint8Array(1 + 4 + 16 + 16 + 8 + 8 + 1);
  out[0] = 1;
  out.set(Buffer.from(sender, 'hex'), 5);
  out.set(Buffer.from(conversation, 'hex'), 21);
  out[44] = 1;
  out[52] = 7;
  out[53] = 1;
  return out;
}

test('the shipped module never makes a voucher of a test picture by itself, whatever the manifest asks for', async () => {
  for (const direction of ['sending', 'receiving']) {
    for (const level of kLevels) {
      const { guard, begun, verdict, message } = await matched(guardWasm, level, direction);
      assert.equal(verdict.level, level === 'prevent' ? 'prevent' : 'offer');
      assert.deepEqual(verdict.disclosedNow, []);
      assert.equal(codeOf(() => guard.makeVoucher(begun.check, 'level', message)), level === 'prevent' ? 'not_found' : 'not_allowed');
    }
  }
});

test('a module with another table does, so the test above can fail; it says so at that moment and beforehand', async () => {
  for (const direction of ['sending', 'receiving']) {
    const { guard, begun, verdict, message } = await matched(disclosingWasm, 'disclose', direction);
    assert.equal(verdict.level, 'disclose');
    assert.ok(verdict.disclosedNow.length > 0);
    assert.ok(verdict.reasons.some((reason) => reason.code === 'service_told'));
    assert.ok(guard.policy(direction).levels.some((line) => line.includes('your service is told')));
    const voucher = guard.makeVoucher(begun.check, 'level', message);
    assert.equal(voucher[1], direction === 'sending' ? 1 : 2);
    assert.equal(codeOf(() => guard.makeVoucher(begun.check, 'level', message)), 'not_found');
  }
});

test('at `offer` the person, and nobody else, makes the voucher; at `prevent` not even the person', async () => {
  const offered = await matched(guardWasm, 'offer', 'receiving');
  const voucher = new Reader(offered.guard.makeVoucher(offered.begun.check, 'person', offered.message));
  assert.deepEqual([voucher.u8(), voucher.u8()], [1, 2]);
  assert.equal(toHex(voucher.fixed(32)).length, 64);
  const prevented = await matched(guardWasm, 'prevent', 'receiving');
  assert.equal(codeOf(() => prevented.guard.makeVoucher(prevented.begun.check, 'person', prevented.message)), 'not_found');
});

test('a voucher without the message of its picture is refused', async () => {
  const { guard, begun, message } = await matched(guardWasm, 'offer', 'receiving');
  assert.equal(codeOf(() => guard.makeVoucher(begun.check, 'person', { ...message, stamped: null })), 'bad_argument');
  assert.equal(codeOf(() => guard.makeVoucher(begun.check, 'person', { ...message, attachment: 1 })), 'bad_argument');
  assert.equal(codeOf(() => guard.makeVoucher(begun.check, 'person', { ...message, contentBytes: new Uint8Array(3) })), 'bad_argument');
  guard.cancel(begun.check);
  assert.equal(codeOf(() => guard.makeVoucher(begun.check, 'person', message)), 'not_found');
});
