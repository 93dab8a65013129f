// kill -9 at random points loses no accepted message and no report: what was answered with 2xx is there exactly once
// after a restart, and is delivered exactly once by (conversation, seq).
//
// LK_BIN names the program; LK_KILLS the number of kills (at least 40 in the test command).
import assert from 'node:assert/strict';
import { randomInt, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { b64, endService, freePort, hexId, openRelay, request, run, signUp, startService } from './running_service.mjs';

const kills = Number(process.env.LK_KILLS ?? 40);

/** What is wrong between what was answered and what is there; the same checker runs on planted losses below. */
export function differences({ answered, delivered, reportsAnswered, reportsListed }) {
  const wrong = [];
  const bySeq = new Map();
  for (const event of delivered) {
    const known = bySeq.get(event.seq);
    if (known && (known.client_id !== event.client_id || known.stamp_b64 !== event.stamp_b64)) {
      wrong.push(`seq ${event.seq} was delivered with two contents`);
    }
    bySeq.set(event.seq, event);
  }
  const byClientId = new Map();
  for (const event of bySeq.values()) {
    const key = `${event.sender} ${event.client_id}`;
    if (byClientId.has(key)) wrong.push(`${key} has two positions`);
    byClientId.set(key, event);
  }
  for (const { sender, client_id: clientId, answer } of answered) {
    const event = byClientId.get(`${sender} ${clientId}`);
    if (!event) wrong.push(`${clientId} was accepted and is lost`);
    else if (event.seq !== answer.seq || event.stamp_b64 !== answer.stamp_b64) wrong.push(`${clientId} changed`);
  }
  if (byClientId.size !== answered.length) wrong.push('something was delivered that nobody sent');
  for (let seq = 1; seq <= bySeq.size; seq += 1) {
    if (!bySeq.has(seq)) wrong.push(`position ${seq} is empty`);
  }
  const listed = new Map();
  for (const report of reportsListed) listed.set(report, (listed.get(report) ?? 0) + 1);
  for (const report of reportsAnswered) {
    if (listed.get(report) !== 1) wrong.push(`report ${report} is there ${listed.get(report) ?? 0} times`);
  }
  if (listed.size !== reportsAnswered.length) wrong.push('there are reports that nobody sent');
  return wrong;
}

test(`${kills} kills lose and double nothing`, { timeout: 180_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'lightkeeper-kill9-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const data = join(folder, 'data');
  const port = await freePort();
  let service = await startService(data, port, ['--log-level', 'error']);
  t.after(() => endService(service, 'SIGKILL'));

  const [ada, ben, cleo] = [await signUp(data, port, 'ada'), await signUp(data, port, 'ben'), await signUp(data, port, 'cleo')];
  const reviewer = await signUp(data, port, 'reader', 'reviewer');
  const conversation = hexId();
  const created = await request(port, 'POST', '/api/v1/conversations', {
    token: ada.token,
    json: { conversation, kind: 'group', members: [ben.account, cleo.account], client_id: hexId(), epoch: 0, welcome_b64: b64('w') },
  });
  assert.equal(created.status, 201);

  const answered = [];
  const reportsAnswered = [];
  const delivered = [];
  let unanswered = 0;
  let stopping = false;
  t.after(() => (stopping = true));

  // A sender repeats one request under the same client id until it has an answer, as the messenger does.
  const insist = async (path, token, json) => {
    for (let start = Date.now(); Date.now() - start < 30_000; ) {
      try {
        const answer = await request(port, 'POST', path, { token, json });
        assert.ok(answer.status >= 200 && answer.status < 300, `${path}: ${answer.status} ${answer.raw}`);
        return answer.json;
      } catch (error) {
        if (error.code === 'ERR_ASSERTION') throw error;
        unanswered += 1;
        await sleep(20);
      }
    }
    throw new Error(`${path}: no answer`);
  };
  const sender = async (who) => {
    while (!stopping) {
      const body = { client_id: hexId(), mls_b64: b64(randomBytes(randomInt(1, 4000))), commitment_b64: b64(randomBytes(32)) };
      const answer = await insist(`/api/v1/conversations/${conversation}/messages`, who.token, body);
      answered.push({ sender: who.account, client_id: body.client_id, answer });
    }
  };
  const reporter = async () => {
    while (!stopping) {
      const body = { client_id: hexId(), reason: 'unwanted', note: 'n', alleged: ada.account, messages: [], statement: `bland words ${hexId()}` };
      const { report } = await insist('/api/v1/reports', ben.token, body);
      reportsAnswered.push(report);
    }
  };
  let ready = false;
  const listen = async () => {
    const relay = await openRelay(port, ben.token, (message, socket) => {
      if (message.type === 'ready') ready = true;
      if (message.type !== 'event') return;
      if (message.kind === 'message') delivered.push(message);
      if (randomInt(3) === 0) socket.send({ type: 'ack', event: message.event });
    });
    return relay;
  };

  const work = [sender(ada), sender(cleo), sender(ada), reporter()];
  const failed = Promise.all(work).then(() => undefined, (error) => error);
  for (let i = 0; i < kills; i += 1) {
    await listen();
    await sleep(randomInt(5, 200));
    await endService(service, 'SIGKILL');
    service = await startService(data, port, ['--log-level', 'error']);
  }
  stopping = true;
  assert.equal(await failed, undefined);

  // Drain what waits, acknowledging as a careful device does.
  ready = false;
  let last = Date.now();
  const relay = await openRelay(port, ben.token, (message, socket) => {
    last = Date.now();
    if (message.type === 'ready') ready = true;
    if (message.type === 'event') {
      if (message.kind === 'message') delivered.push(message);
      socket.send({ type: 'ack', event: message.event });
    }
  });
  while (!ready || Date.now() - last < 1000) await sleep(50);
  relay.close();
  const reportsListed = [];
  for (let after = ''; ; ) {
    const page = await request(port, 'GET', `/api/v1/cases?view=all${after && `&after=${after}`}`, { token: reviewer.token });
    assert.equal(page.status, 200);
    reportsListed.push(...page.json.cases.map((entry) => entry.case));
    if (page.json.next === null) break;
    after = page.json.next;
  }

  t.diagnostic(`${kills} kills, ${answered.length} messages, ${reportsAnswered.length} reports, ${unanswered} requests cut off`);
  assert.ok(answered.length > kills && reportsAnswered.length > kills / 2, 'too little was sent for the kills to mean anything');
  assert.ok(unanswered > 0, 'no kill hit a request');
  const found = { answered, delivered, reportsAnswered, reportsListed };
  assert.deepEqual(differences(found), []);
  assert.deepEqual(JSON.parse(run('data', 'verify', '--data', data, '--json')).faults, []);

  // The checker sees planted losses and doubles.
  const victim = answered[answered.length >> 1];
  const isVictim = (event) => event.client_id === victim.client_id;
  const planted = [
    { ...found, delivered: delivered.filter((event) => !isVictim(event)) },
    { ...found, delivered: [...delivered, { ...delivered.find(isVictim), seq: 1_000_000 }] },
    { ...found, delivered: delivered.map((event) => (isVictim(event) ? { ...event, stamp_b64: 'x' } : event)) },
    { ...found, reportsListed: reportsListed.slice(1) },
    { ...found, reportsListed: [...reportsListed, reportsListed[0]] },
  ];
  for (const bad of planted) assert.notEqual(differences(bad).length, 0);

  // An acknowledged queue stays empty.
  const again = [];
  const second = await openRelay(port, ben.token, (message) => again.push(message));
  await sleep(300);
  second.close();
  assert.deepEqual(again.map((message) => message.type), ['ready']);
  await endService(service);
});
