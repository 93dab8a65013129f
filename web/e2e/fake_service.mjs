// The console's API in memory, on loopback, with the same content security policy as the service: for tests of the pages
// alone, where states are needed that the real service reaches only in hours. It keeps no promise of the service.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { square } from './tiny_png.mjs';

const dist = process.env.LK_WEB_DIR ?? fileURLToPath(new URL('../dist', import.meta.url));
const types = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml' };
const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; " +
  "worker-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

export const permissions = {
  reviewer: ['read_cases', 'decide', 'prepare_report'],
  senior: ['read_cases', 'decide', 'prepare_report', 'decide_second', 'release_exposure', 'submit_report', 'approve'],
  legal: ['read_cases', 'prepare_report', 'submit_report', 'hold_evidence', 'destroy_evidence', 'arm_production', 'approve'],
  auditor: ['read_audit'],
  admin: ['invite_staff', 'arm_production', 'approve'],
};
const HOUR = 3_600_000;
const id = (n) => n.toString(16).padStart(32, '0');
export const accounts = { rita: 'reviewer', sven: 'senior', lena: 'legal', arno: 'auditor', ada: 'admin', rolf: 'reviewer' };
const person = (name) => ({ account: id(1000 + Object.keys(accounts).indexOf(name)), name });
const colours = { blurred: [150, 150, 150], grey: [110, 110, 110], colour: [40, 120, 160] };
const sha = (n) => n.toString(16).padStart(64, '0');

function attachment(item, more = {}) {
  return { item, media_type: 'image/jpeg', size: 20_000, sha256: sha(7), class: 'verified', why: '', stored: true, ...more };
}

function message(seq, more = {}) {
  return {
    class: 'verified',
    why: '',
    proves: 'This account sent exactly this at this time.',
    does_not_prove: 'Who held the device.',
    sender: id(500),
    sender_name: 'jonas',
    conversation: id(600),
    seq,
    accepted_ms: Date.now() - HOUR,
    type: 'text',
    body: `[message ${seq}: placeholder, 41 characters]`,
    attachments: [],
    ...more,
  };
}

export function aCase(number, more = {}) {
  return {
    case: id(number),
    number,
    received_ms: Date.now() - 2 * HOUR,
    due_ms: Date.now() + 3 * HOUR,
    state: 'open',
    harm: 'unwanted',
    reports: 1,
    verified: 2,
    not_verified: 1,
    vouchers: 0,
    provider_records: 0,
    priority: { score: 30, band: 'normal', parts: [{ code: 'harm', points: 30, why: 'Something unwanted was reported.' }] },
    assigned: null,
    quarantined: false,
    sampled: false,
    needs_second: false,
    escalated: false,
    decision: null,
    reporters: [{ account: id(501), name: 'mira' }],
    alleged: { account: id(500), name: 'jonas' },
    note: '',
    statement: 'It came without asking.',
    report_list: [{ report: id(number), received_ms: Date.now() - 2 * HOUR, reporter: { account: id(501), name: 'mira' }, harm: 'unwanted' }],
    messages: [message(3), message(4, { class: 'not_verified', why: 'The stamp does not fit.', proves: '', does_not_prove: '' }), message(9)],
    gaps: [[5, 8]],
    vouchers_list: [],
    decisions: [],
    policy_version: '2026-1',
    second_pending: null,
    appeal: null,
    duplicates: [],
    statement_of_reasons: null,
    ...more,
  };
}

export class FakeService {
  cases = new Map();
  approvals = [];
  holds = [];
  submissions = [];
  beats = [];
  opened = [];
  budget = { seconds: 0, soft: 600, hard: 1200, state: 'ok', released_until_ms: null };
  viewed = new Set();
  killSwitch = false;
  hardFinding = false;
  environment = 'demo';
  /** Everything asked for: {method, path, name}. */
  asked = [];
  sessions = new Map();

  static async start() {
    const service = new FakeService();
    service.server = createServer((request, response) => {
      service.#answer(request, response).catch((error) => {
        response.writeHead(500).end(String(error));
      });
    });
    await new Promise((ready) => service.server.listen(0, '127.0.0.1', ready));
    service.origin = `http://127.0.0.1:${service.server.address().port}`;
    return service;
  }

  stop() {
    this.server.closeAllConnections();
    this.server.close();
  }

  add(one) {
    this.cases.set(one.case, one);
    return one;
  }

  async #answer(request, response) {
    const url = new URL(request.url, this.origin);
    const chunks = [];
    for await (const chunk of request) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const headers = { 'Content-Security-Policy': policy, 'X-Content-Type-Options': 'nosniff', 'Cache-Control': 'no-store' };
    const problem = (status, code, title = code) => {
      response.writeHead(status, { ...headers, 'Content-Type': 'application/problem+json' });
      response.end(JSON.stringify({ status, code, title }));
    };
    const json = (body, status = 200) => {
      response.writeHead(status, { ...headers, 'Content-Type': 'application/json' });
      response.end(JSON.stringify(body));
    };
    if (url.pathname === '/config.json') {
      return json({ service_name: 'Harbour', demo: this.environment === 'demo', environment: this.environment, test_picture: null, e2ee_words: '', capture_days: 0, keepers: [], list_key_b64: '', oidc: null });
    }
    if (!url.pathname.startsWith('/api/')) return this.#file(url.pathname, response, headers, problem);
    const path = url.pathname.replace('/api/v1', '');
    const body = text === '' ? {} : JSON.parse(text);
    if (path === '/sessions' && request.method === 'POST') {
      const role = accounts[body.name];
      if (role === undefined) return problem(401, 'not_signed_in');
      const token = `${body.name}-${Math.random()}`;
      this.sessions.set(token, body.name);
      return json({ ...person(body.name), role, token, expires_ms: Date.now() + HOUR, permissions: permissions[role], scopes: [], pseudonym: `R-${body.name.length}f2a9c` }, 201);
    }
    const name = this.sessions.get((request.headers.authorization ?? '').replace('Bearer ', ''));
    if (name === undefined) return problem(401, 'not_signed_in');
    const may = (...any) => any.some((one) => permissions[accounts[name]].includes(one));
    this.asked.push({ method: request.method, path, name });
    return this.#route({ method: request.method, path, url, body, name, may, json, problem, response, headers });
  }

  async #file(path, response, headers, problem) {
    const file = normalize(join(dist, path.endsWith('/') ? `${path}index.html` : path));
    if (!file.startsWith(dist)) return problem(404, 'not_found');
    try {
      const bytes = await readFile(file);
      response.writeHead(200, { ...headers, 'Content-Type': types[extname(file)] ?? 'application/octet-stream' });
      response.end(bytes);
    } catch {
      problem(404, 'not_found');
    }
    return undefined;
  }

  #summary(one) {
    const { messages, note, statement, ...rest } = one;
    return { ...rest, messages: messages.length };
  }

  #route({ method, path, url, body, name, may, json, problem, response, headers }) {
    const route = `${method} ${path}`;
    const at = (pattern) => route.match(new RegExp(`^${pattern.replaceAll('{id}', '([0-9a-f]{32})').replaceAll('{n}', '(\\d+)')}$`));
    let found;
    if (route === 'DELETE /sessions/current') return json({});
    if (path.startsWith('/cases') || path.startsWith('/views') || path === '/exposure') {
      if (!may('read_cases')) return problem(403, 'not_allowed', 'Not allowed');
    }
    if (route === 'GET /cases') {
      const view = url.searchParams.get('view');
      const q = url.searchParams.get('q') ?? '';
      const all = [...this.cases.values()]
        .filter((one) => {
          if (view === 'queue') return one.state === 'open' && !one.quarantined;
          if (view === 'mine') return one.assigned?.name === name;
          if (view === 'second') return one.state === 'awaiting_second';
          if (view === 'appeals') return one.state === 'appealed';
          if (view === 'decided') return one.state === 'decided';
          if (view === 'quarantine') return one.quarantined;
          if (view === 'sampled') return one.sampled;
          return true;
        })
        .filter((one) => q === '' || one.case.startsWith(q) || one.alleged.name === q)
        .sort((a, b) => b.priority.score - a.priority.score);
      const first = Number(url.searchParams.get('after') ?? 0);
      const page = all.slice(first, first + 20);
      return json({ cases: page.map((one) => this.#summary(one)), next: first + 20 < all.length ? String(first + 20) : null, total: all.length });
    }
    if (route === 'GET /cases/statistics') {
      return json({ open: this.cases.size, awaiting_second: 0, appeals: 0, quarantined: 0, overdue: [...this.cases.values()].filter((one) => one.due_ms < Date.now()).length });
    }
    if ((found = at('GET /cases/{id}'))) {
      const one = this.cases.get(found[1]);
      return one === undefined ? problem(404, 'not_found', 'Not found') : json(one);
    }
    if ((found = at('POST /cases/{id}/assignment'))) {
      const one = this.cases.get(found[1]);
      one.assigned = body.to === 'me' ? person(name) : null;
      return json(this.#summary(one));
    }
    if ((found = at('POST /cases/{id}/decisions'))) return json({ state: this.#decide(this.cases.get(found[1]), name, body) }, 201);
    if ((found = at('POST /cases/{id}/second'))) {
      const one = this.cases.get(found[1]);
      if (!may('decide_second') || one.second_pending?.by.name === name) return problem(403, 'not_allowed', 'Not allowed');
      const decision = one.decision;
      one.decisions.push({ decision, deed: 'second', reason: body.reason, decided_ms: Date.now(), reviewer: person(name), policy_version: '2026-1', second: true, agrees: body.agree });
      one.second_pending = null;
      one.state = body.agree ? 'decided' : 'open';
      return json({ state: one.state });
    }
    if (route === 'GET /views') return json({ views: [] });
    if ((found = at('GET /cases/{id}/media'))) {
      const media = this.cases
        .get(found[1])
        .messages.flatMap((one) => one.attachments)
        .map((one) => ({
          item: one.item,
          media_type: one.media_type,
          size: one.size,
          sha256: one.sha256,
          class: one.class,
          seen_before: one.seen_before ?? 0,
          frames: one.frames ?? 1,
          every_frame: true,
          steps: [...new Set(this.opened.filter((o) => o.name === name && o.item === one.item && o.case === found[1]).map((o) => o.step))],
          viewed: this.viewed.has(`${found[1]}/${one.item}/${name}`),
        }));
      return json({ media });
    }
    if ((found = at('GET /cases/{id}/media/{n}/(blurred|grey|colour)'))) {
      const [, inCase, item, step] = found;
      if (this.budget.state === 'hard') return problem(429, 'exposure_budget', 'The budget is used up');
      this.opened.push({ name, case: inCase, item: Number(item), step, frame: Number(url.searchParams.get('frame')) });
      response.writeHead(200, { ...headers, 'Content-Type': 'image/png', 'Lightkeeper-View': String(this.opened.length) });
      return response.end(square(colours[step]));
    }
    if ((found = at('POST /views-open/{n}'))) {
      this.beats.push({ view: Number(found[1]), ended: body.ended, at: Date.now() });
      return json({ state: this.budget.state, seconds_left: 10 });
    }
    if ((found = at('POST /cases/{id}/media/{n}/viewed'))) {
      this.viewed.add(`${found[1]}/${found[2]}/${name}`);
      return json({ event: 1, whole_file: true });
    }
    if (route === 'GET /exposure') {
      const { seconds, soft, hard, state, released_until_ms } = this.budget;
      return json({ budgets: [0, 1, 2, 3].map((severity) => ({ severity, seconds: severity === 2 ? seconds : 0, soft, hard })), state, released_until_ms });
    }
    return this.#later({ route, at, body, name, may, json, problem, response, headers });
  }

  #decide(one, name, body) {
    if (one.needs_second) {
      one.second_pending = { decision: body.decision, reason: body.reason, by: person(name) };
      one.state = 'awaiting_second';
    } else {
      one.state = 'decided';
    }
    one.decision = body.decision;
    one.decisions.push({ decision: body.decision, deed: 'decision', reason: body.reason, decided_ms: Date.now(), reviewer: person(name), policy_version: '2026-1', second: false, agrees: null });
    one.statement_of_reasons = 'We looked at something that was reported about your account.';
    return one.state;
  }

  // Reporting, preservation, approvals, staff, audit.
  facts = new Map();

  #tip(of) {
    const facts = this.facts.get(of) ?? {
      incident_type: 'enticement',
      incident_ms: Date.UTC(2026, 10, 1, 12),
      time_denotes: 'when the first reported message was accepted',
      escalate_reason: null,
      annotations: [],
      narrative: '',
      files: [{ item: 1, classification: null, annotations: [], relevance: 'reported' }],
      victims: [],
      outlet: 'ncmec',
      jurisdiction: ['US'],
    };
    const findings = [
      ...(facts.narrative === '' || this.hardFinding ? [{ field: '/incident/narrative', rule: 'incident.narrative', severity: 'hard', why: 'Without words nobody knows what happened.', mend: 'Say who, what and how it was found.' }] : []),
      { field: '/accounts/reported/0/ip_events', rule: 'ip.logins', severity: 'soft', why: 'Addresses with port and time lead to a person.', mend: 'Keep capture events longer.' },
    ];
    return {
      case_file: { format: 'lightkeeper-case-v1' },
      facts,
      facts_kept: this.facts.has(of),
      lint: {
        completeness: { score: facts.narrative === '' ? 60 : 80, parts: [{ code: 'incident', points: 20, of: 20, why: 'Kind and time are set.' }] },
        rescue: { score: 40, parts: [{ code: 'current', points: 40, why: 'It goes on now.' }] },
        findings,
      },
      preview: {
        reporting_service: 'Harbour',
        incident_type: 'Online Enticement of Children for Sexual Acts',
        incident_at: '2026-11-01T12:00:00Z',
        escalated: false,
        captures: [{ who: 'reported 1', ip: '192.0.2.7', port: 50123, at: '2026-11-01T12:00:00Z', event: 'Login', possible_proxy: false }],
        people: [{ role: 'reported', esp_identifier: id(500), esp_service: 'Harbour', screen_name: 'jonas', contacts: [], age: '' }],
        files: [{ item: 1, name: 'item-1.jpg', viewed: false, locked: true, classification: '', sha256: sha(7), note: '' }],
      },
      outlets: [{ outlet: 'ncmec', applies: true, why: 'The service is established in the United States.' }],
      xml: '<?xml version="1.0"?>\n<report/>',
      file_details: ['<fileDetails/>'],
      hold: this.holds.find((one) => one.case === of) ?? null,
      submissions: this.submissions.filter((one) => one.case === of),
    };
  }

  #ask(kind, subject, name) {
    this.approvals.push({ id: this.approvals.length + 1, kind, subject, requested_by: person(name), requested_ms: Date.now(), state: 'open' });
    return { approval: this.approvals.length };
  }

  #later({ route, at, body, name, may, json, problem, response, headers }) {
    let found;
    const refuse = () => problem(403, 'not_allowed', 'Not allowed');
    if ((found = at('GET /cases/{id}/tip'))) return may('prepare_report') ? json(this.#tip(found[1])) : refuse();
    if ((found = at('PUT /cases/{id}/tip'))) {
      this.facts.set(found[1], body);
      return json(this.#tip(found[1]));
    }
    if ((found = at('POST /cases/{id}/tip/submissions'))) {
      if (!may('submit_report')) return refuse();
      const one = {
        id: this.submissions.length + 1, case: found[1], outlet: 'ncmec', dry_run: body.dry_run, state: 'queued', report_id: null,
        steps: [{ at_ms: Date.now(), step: 'queued', result: 'accepted', code: null, request_id: null }],
        files: [{ item: 1, file_id: null, md5_matches: null }], opened_ms: null, expires_ms: null, receipt: null, problem: null,
      };
      this.submissions.push(one);
      if (!body.dry_run) this.holds.push({ id: this.holds.length + 1, case: found[1], basis: 'report_2258a', reference: 'Submission', placed_ms: Date.now(), until_ms: Date.now() + 365 * 24 * HOUR, placed_by: null, state: 'live', items: 3 });
      return json(one, 201);
    }
    if (route === 'GET /submissions') return may('submit_report', 'read_audit') ? json({ submissions: this.submissions }) : refuse();
    if ((found = at('GET /submissions/{n}'))) {
      const one = this.submissions[Number(found[1]) - 1];
      const next = { queued: 'opening', opening: 'uploading', uploading: 'finishing', finishing: 'done' }[one.state];
      if (next !== undefined) {
        one.state = one.dry_run ? 'done' : next;
        one.steps.push({ at_ms: Date.now(), step: one.state, result: 'ok', code: one.dry_run ? null : 0, request_id: one.dry_run ? null : 'req-1' });
        if (one.state === 'done' && !one.dry_run) {
          one.report_id = '4711';
          one.receipt = '<reportDoneResponse><reportId>4711</reportId></reportDoneResponse>';
          one.files = [{ item: 1, file_id: 'f-1', md5_matches: true }];
        }
      }
      return json(one);
    }
    if ((found = at('POST /submissions/{n}/set-aside'))) {
      const one = this.submissions[Number(found[1]) - 1];
      Object.assign(one, { state: 'stopped', problem: null });
      return json(one);
    }
    if (route === 'GET /reporting') {
      return may('submit_report', 'arm_production', 'read_audit')
        ? json({ environment: this.environment, armed: false, schema: { pinned: null, seen: sha(9) }, kill_switch: this.killSwitch, queue: 0, alarms: this.killSwitch ? [{ code: 'stopped', since_ms: Date.now(), words: 'Sending is stopped.' }] : [] })
        : refuse();
    }
    if (route === 'POST /reporting/kill-switch') {
      this.killSwitch = body.on;
      return json({});
    }
    if ((found = at('GET /cases/{id}/outlets/(nca|dsa18|abuse-site)'))) {
      response.writeHead(200, { ...headers, 'Content-Type': 'text/html' });
      return response.end('<!doctype html><title>Notice</title>');
    }
    if (route === 'GET /holds') return may('hold_evidence', 'read_audit') ? json({ holds: this.holds }) : refuse();
    if (route === 'POST /holds') {
      const hold = { id: this.holds.length + 1, case: body.case, basis: body.basis, reference: body.reference, placed_ms: Date.now(), until_ms: Date.now() + 90 * 24 * HOUR, placed_by: person(name), state: 'live', items: 3 };
      this.holds.push(hold);
      return json(hold, 201);
    }
    if ((found = at('POST /holds/{n}/extend'))) return json(this.holds[Number(found[1]) - 1]);
    if ((found = at('POST /holds/{n}/release'))) return json(this.#ask('hold.release', { hold: Number(found[1]), reason: body.reason }, name), 202);
    if (at('POST /cases/{id}/held-evidence/{n}')) {
      response.writeHead(200, { ...headers, 'Content-Type': 'application/octet-stream' });
      return response.end(Buffer.from('held'));
    }
    if ((found = at('POST /cases/{id}/destruction'))) {
      if (this.holds.some((one) => one.case === found[1] && one.state === 'live')) return problem(409, 'held', 'Held');
      return json(this.#ask('evidence.destroy', { case: found[1] }, name), 202);
    }
    if (route === 'GET /certificates') {
      return json({ certificates: [{ id: 1, case: id(77), destroyed_ms: Date.now(), items: 4, text: 'Destroyed: 4 items.', signature_b64: 'AAAA' }] });
    }
    if (route === 'GET /approvals') return may('approve') ? json({ approvals: this.approvals }) : refuse();
    if ((found = at('POST /approvals/{n}'))) {
      const one = this.approvals[Number(found[1]) - 1];
      if (one.requested_by.name === name) return refuse();
      Object.assign(one, { state: body.approve ? 'approved' : 'refused', decided_by: person(name), reason: body.reason });
      return json({ state: one.state });
    }
    if (route === 'GET /staff') return json({ staff: Object.entries(accounts).map(([one, role]) => ({ ...person(one), role, scopes: one === 'rolf' ? ['unwanted'] : [] })) });
    if (route === 'POST /staff/invitations') {
      return ['admin', 'legal', 'senior'].includes(body.role)
        ? json(this.#ask('staff.invite', body, name), 202)
        : json({ code: 'c', link: `${this.origin}/console/#/join/c` }, 201);
    }
    if (at('PUT /staff/{id}')) return json(this.#ask('staff.change', body, name), 202);
    if (route === 'GET /audit') {
      return may('read_audit')
        ? json({ entries: [{ number: 1, at_ms: Date.now(), action: 'evidence.read', actor: person('rita'), subject: id(1), detail: '' }, { number: 2, at_ms: Date.now(), action: 'submission.step', actor: null, subject: id(1), detail: 'finishing' }], next: null })
        : refuse();
    }
    if (route === 'GET /audit/checkpoint') {
      response.writeHead(200, { ...headers, 'Content-Type': 'text/plain' });
      return response.end('lightkeeper.example/audit\n2\nAAAA\n');
    }
    return problem(404, 'not_found', 'Not found');
  }
}

export { attachment, id, message, person, sha };
