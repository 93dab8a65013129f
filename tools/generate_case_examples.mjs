// Writes the synthetic material about reports, with Node's own crypto for signatures, so that the C++ side is checked
// against a second implementation: examples/cases/*.json, fixtures/reports/corpus.json (good and bad reports, as changes
// of the examples), vectors/cybertip.json. All people, accounts and words are made up; what a message said is only ever
// a placeholder.   node tools/generate_case_examples.mjs [--check]
import { createHash, createPrivateKey, createPublicKey, sign } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const root = resolve(dirname(new URL(import.meta.url).pathname), '..');
const outputs = new Map();

// --- Keys and hashes -------------------------------------------------------------------------------------------------
const seed = Buffer.alloc(32, 7); // of the example review key: public on purpose
const reviewKey = createPrivateKey({ format: 'der', type: 'pkcs8',
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]) });
const publicBytes = createPublicKey(reviewKey).export({ format: 'der', type: 'spki' }).subarray(-32);
const b64 = (bytes) => Buffer.from(bytes).toString('base64url');
const digest = (kind, text) => createHash(kind).update(text).digest('hex');
const id = (text) => digest('sha256', `example ${text}`).slice(0, 32);

const u8 = (n) => Buffer.from([n]);
const u32 = (n) => { const b = Buffer.alloc(4); b.writeUInt32BE(n); return b; };
const u64 = (n) => { const b = Buffer.alloc(8); b.writeBigUInt64BE(BigInt(n)); return b; };
const text = (t) => Buffer.concat([u32(Buffer.byteLength(t)), Buffer.from(t)]);

/** The signed event of docs/reference/case-file.md. */
function viewed(caseId, file, reviewer, step, whole, atMs) {
  const bytes = Buffer.concat([text('lightkeeper viewed file v1'), Buffer.from(caseId, 'hex'), u32(file.item),
    Buffer.from(file.sha256, 'hex'), u64(file.size), text(reviewer), u8({ blurred: 1, grey: 2, colour: 3 }[step]),
    u8(whole ? 1 : 0), u64(atMs)]);
  return { case: caseId, item: file.item, sha256: file.sha256, size: file.size, reviewer, step, whole, at_ms: atMs,
    signature_b64: b64(sign(null, bytes, reviewKey)) };
}

// --- Parts -----------------------------------------------------------------------------------------------------------
const made = Date.UTC(2026, 2, 2, 12);
const hour = 3_600_000;
const day = 24 * hour;
const record = (basis) => ({ source: 'service_record', basis });
const reviewerSays = (basis) => ({ source: 'reviewer', basis });
const said = (seq, confidence) => ({ source: 'verified_message', basis: `said in message ${seq}`, confidence });

const service = (more = {}) => ({
  name: 'Example Messenger Ltd', platform: 'Example Messenger', website: 'https://example.org/', country: 'US',
  reporting_person: { last_name: 'Child safety team', emails: [{ address: 'reports@example.org', type: 'business' }] },
  contact_person: { last_name: 'Legal response desk', phones: [{ number: '+1-555-0100', type: 'business' }],
    emails: [{ address: 'legal@example.org', type: 'business' }] },
  company_template: 'Serve legal process by e-mail to legal@example.org; the desk answers at any hour at +1-555-0100.\n'
    + 'The service holds account data, sign-ins with address and port for 180 days, and ciphertext until delivery. '
    + 'Messages are end-to-end encrypted: the service has no key, and content exists on devices only. What a person '
    + 'reports is kept for one year.',
  terms_of_service: 'Harming children or putting them at risk ends an account.', legal_url: 'https://example.org/terms',
  reports_to_ncmec: true, review_keys_b64: [b64(publicBytes)], ...more,
});
const login = (days, address, port) => ({ ip: address, event: 'login', at_ms: made - days * day, possible_proxy: false,
  port, origin: record('sign-in log') });
const registration = (address, port) => ({ ip: address, event: 'registration', at_ms: made - 60 * day,
  possible_proxy: false, port, origin: record('registration') });

/** What a service knows of an account that it looked into. */
const known = (name, n, more = {}) => ({
  account: id(name), service: 'Example Messenger', screen_name: { value: name, origin: record('account') },
  emails: [{ address: `${name}@example.org`, verified: true, verified_ms: made - 59 * day, origin: record('account') }],
  ip_events: [registration(`198.51.100.${n}`, 40000 + n), login(9, `198.51.100.${n}`, 41000 + n),
    login(5, `198.51.100.${n + 1}`, 42000 + n), login(1, '2001:db8::' + n, 43000 + n)],
  devices: [{ type: 'installation id', value: id(`${name} device`), event: 'login', at_ms: made - day, origin: record('sign-in log') }],
  location: { verified: false, at_ms: made - day, city: 'Exampleton', region: 'Example Region', country: 'US',
    origin: { source: 'service_record', basis: 'address of the last sign-in', confidence: 'possible' } },
  all_emails_reported: true, prior_reports: [], associated_accounts: [], ...more,
});
const child = (name, age, origin, more = {}) => ({
  account: id(name), service: 'Example Messenger', screen_name: { value: name, origin: record('account') },
  age: { value: age, origin }, ...more,
});
const message = (conversation, seq, hours, sender, body, more = {}) => ({
  conversation, seq, accepted_ms: made - hours * hour, sender: id(sender), class: 'verified', type: 'text', body, ...more,
});
const placeholder = (seq, code, length) => `[message ${seq}: ${code}, ${length} characters]`;
const hold = { basis: 'report_2258a', placed_ms: made - hour, until_ms: made - hour + 365 * day };
const decision = (more = {}) => ({ decision: 'report', reviewer: 'R-4f2a', policy_version: '2026-02',
  decided_ms: made - 2 * hour, second_reviewer: 'R-91c0', ...more });
const file = (caseName, item, mediaType, size, more = {}) => ({
  item, class: 'verified', media_type: mediaType, size, available: true, name: `item-${item}`,
  sha256: digest('sha256', `${caseName} ${item}`), sha1: digest('sha1', `${caseName} ${item}`),
  md5: digest('md5', `${caseName} ${item}`), pdq: digest('sha256', `looks ${caseName} ${item}`),
  uploaded_ms: made - 30 * hour, publicly_available: false, relevance: 'reported', annotations: [], ...more,
});
const caseOf = (name, number, harm, parts) => ({
  format: 'lightkeeper-case-v1', made_ms: made, case: { id: id(name), number, opened_ms: made - 10 * hour, harm },
  service: service(parts.service), incident: parts.incident, accounts: parts.accounts,
  conversations: parts.conversations ?? [], messages: parts.messages ?? [], gaps: parts.gaps ?? [],
  statements: parts.statements ?? [], files: parts.files ?? [], vouchers: parts.vouchers ?? [], holds: parts.holds ?? [hold],
  decision: parts.decision === undefined ? decision() : parts.decision,
  jurisdiction: parts.jurisdiction ?? { links: [{ country: 'US', basis: 'where the reported account signed in from' }] },
});
const incident = (type, hours, narrative, more = {}) => ({
  type: { value: type, origin: reviewerSays('decision of R-4f2a') },
  time: { at_ms: made - hours * hour, denotes: 'when the service accepted the last reported message', origin: record('stamp of the message') },
  annotations: [], narrative, detected_by: ['user_report'], ...more,
});
const direct = (name) => ({ conversation: id(name), kind: 'direct', mode: 'end_to_end_encrypted', members: 2 });

// --- The cases ---------------------------------------------------------------------------------------------------------
const cases = {};

cases['text-only'] = caseOf('text-only', 101, 'grooming', {
  incident: incident('enticement', 12, 'An adult wrote to a child over two days. [Narrative: AGE QUESTION, SECRECY, MEETING, 96 characters]',
    { escalate_reason: 'A meeting is proposed for the coming weekend. [reason: 41 characters]',
      unavailable: [{ what: 'messages 3 to 5', why: 'the child chose not to report them' }] }),
  accounts: {
    reported: [known('harbour-17', 20)],
    victims: [child('wren', 13, said(2, 'likely'), { ip_events: [login(1, '203.0.113.9', 50123)] })],
    reporter: { relation: 'victim', account: id('wren'), may_be_contacted: true, email: { address: 'wren@example.org', verified: true } },
  },
  conversations: [direct('talk 1')],
  messages: [
    message(id('talk 1'), 1, 40, 'harbour-17', placeholder(1, 'AGE QUESTION', 23)),
    message(id('talk 1'), 2, 39, 'wren', placeholder(2, 'AGE ANSWER', 11)),
    message(id('talk 1'), 6, 14, 'harbour-17', placeholder(6, 'SECRECY', 41)),
    message(id('talk 1'), 7, 13, 'harbour-17', placeholder(7, 'SECRECY', 38), { type: 'edit', edits: 6 }),
    message(id('talk 1'), 8, 12, 'harbour-17', placeholder(8, 'MEETING', 52), { expires_ms: made + day }),
  ],
  gaps: [{ conversation: id('talk 1'), first: 3, last: 5 }],
  statements: [{ made_ms: made - 10 * hour, text: '[statement of the child: 87 characters]' }],
});

{
  const one = file('pictures', 1, 'image/jpeg', 245_760, { classification: null,
    ip_event: { ip: '192.0.2.44', event: 'upload', at_ms: made - 30 * hour, port: 51000, origin: record('upload log') },
    exif: [{ name: 'Make', value: 'Example Cameras' }], original_name: 'drawing-1.jpg' });
  const two = file('pictures', 2, 'image/png', 98_304, { original_name: 'drawing-2.png', relevance: 'supplemental' });
  one.viewed = [viewed(id('pictures'), one, 'R-4f2a', 'grey', true, made - 3 * hour)];
  two.viewed = [viewed(id('pictures'), two, 'R-4f2a', 'blurred', false, made - 3 * hour)];
  delete one.classification;
  cases.pictures = caseOf('pictures', 102, 'known_picture', {
    incident: incident('csam', 28, 'A person received two pictures that they had not asked for. [Narrative: 61 characters]'),
    accounts: {
      reported: [known('quay-3', 40)],
      intended_recipients: [{ account: id('finch'), service: 'Example Messenger' }],
      reporter: { relation: 'recipient', account: id('finch'), may_be_contacted: false },
    },
    conversations: [direct('talk 2')],
    messages: [message(id('talk 2'), 4, 28, 'quay-3', '', { type: 'picture', items: [1, 2] })],
    files: [one, two],
  });
}

{
  const one = file('voucher', 1, 'image/webp', 61_440, { class: 'voucher' });
  cases.voucher = caseOf('voucher', 103, 'known_picture', {
    incident: incident('csam', 20, 'A guard on the recipient\'s device covered a picture. [Narrative: 48 characters]', {
      detected_by: ['on_device_voucher'],
      unavailable: [{ what: 'the message around the picture', why: 'end-to-end encrypted; nobody reported it' }] }),
    accounts: { reported: [known('mole-8', 60)], intended_recipients: [{ account: id('heron'), service: 'Example Messenger' }] },
    conversations: [direct('talk 3')],
    files: [one],
    vouchers: [{ side: 'recipient', finding: 'confirmed', proves: 'The picture opens a certified entry of the list at the given version.',
      provenance: 'certified-known', category: 3, list_version: 12, distance: 4, made_ms: made - 20 * hour, item: 1 }],
  });
}

{
  const group = id('group 4');
  const in_group = (seq, hours, who, code, length) => message(group, seq, hours, who, placeholder(seq, code, length), { class: 'provider_record' });
  cases.group = caseOf('group', 104, 'threat', {
    incident: incident('enticement', 6, 'Several members of a group pressed a child. [Narrative: PRESSURE, THREAT, 74 characters]', {
      annotations: ['sextortion'], detected_by: ['service_protected_match', 'user_report'],
      escalate_reason: 'The threats name a time today. [reason: 30 characters]',
      unavailable: [{ what: 'direct messages between members', why: 'those conversations are end-to-end encrypted' }] }),
    accounts: {
      reported: [known('gull-1', 70, { group_identifier: group }), known('gull-2', 80, { group_identifier: group })],
      intended_recipients: [child('robin', 15, record('date of birth given at registration'), { target: true })],
    },
    conversations: [{ conversation: group, kind: 'group', mode: 'service_protected', name: 'Example group', members: 12 }],
    messages: [in_group(30, 9, 'gull-1', 'PRESSURE', 33), in_group(31, 8, 'robin', 'REFUSAL', 12), in_group(32, 7, 'gull-2', 'THREAT', 44),
      in_group(33, 6, 'gull-1', 'THREAT', 29)],
    statements: [{ made_ms: made - 5 * hour, text: '[statement of a member: 55 characters]' }],
  });
}

cases['minor-to-minor'] = caseOf('minor-to-minor', 105, 'unwanted', {
  incident: incident('unsolicited_material', 30, 'One pupil sent another something unwanted. [Narrative: 58 characters]', {
    annotations: null }),
  accounts: {
    reported: [known('otter', 90, { date_of_birth: { value: '2011-05-04', origin: record('date of birth given at registration') } })],
    intended_recipients: [child('stoat', 14, said(9, 'likely'), { target: true })],
  },
  conversations: [direct('talk 5')],
  messages: [message(id('talk 5'), 9, 31, 'stoat', placeholder(9, 'AGE', 9)),
    message(id('talk 5'), 10, 30, 'otter', placeholder(10, 'UNWANTED', 27))],
});

cases.incomplete = caseOf('incomplete', 106, 'other', {
  incident: { time: { at_ms: made - 20 * hour, origin: record('when the report arrived') } },
  accounts: { reported: [{ account: id('nobody-known') }] },
  service: { contact_person: null, company_template: null },
  conversations: [direct('talk 6')],
  messages: [message(id('talk 6'), 2, 20, 'nobody-known', placeholder(2, 'UNWANTED', 19),
    { class: 'not_verified', why: 'the stamp was made with a key that is gone' })],
  files: [{ item: 1, class: 'not_verified', why: 'the picture does not fit the commitment', media_type: 'image/png', size: 2048 }],
  holds: [], decision: null, jurisdiction: {},
});

cases.viral = caseOf('viral', 107, 'known_picture', {
  incident: incident('csam', 200, 'A picture that is passed on as a joke by many. [Narrative: 50 characters]', { batched_viral: true }),
  accounts: { reported: [known('shore-2', 110)], intended_recipients: [{ account: id('finch'), service: 'Example Messenger' }] },
  conversations: [direct('talk 7')],
  messages: [message(id('talk 7'), 3, 200, 'shore-2', '', { type: 'picture', items: [1] })],
  files: [(() => {
    const one = file('viral', 1, 'image/jpeg', 30_720, { annotations: ['potential_meme', 'viral'], seen_before: 48 });
    one.viewed = [viewed(id('viral'), one, 'R-4f2a', 'colour', true, made - 3 * hour)];
    return one;
  })()],
});

cases['address-uk'] = caseOf('address-uk', 108, 'other', {
  service: { country: 'GB', reports_to_ncmec: false },
  incident: incident('misleading_domain', 48, 'A message holds the address of a page. [Narrative: 40 characters]', {
    sites: [{ url: 'https://pages.example.org:8443/a?b=c', seen_ms: made - 40 * hour, third_party_hosted: true,
      note: '[note: 22 characters]', origin: reviewerSays('looked up by R-4f2a') }] }),
  accounts: { reported: [known('pier-5', 130)] },
  conversations: [direct('talk 8')],
  messages: [message(id('talk 8'), 1, 48, 'pier-5', placeholder(1, 'ADDRESS', 36))],
  jurisdiction: { links: [{ country: 'GB', basis: 'where the reported account signed in from' },
    { country: 'IE', basis: 'where the recipient lives, by their own account' }] },
});

for (const [name, one] of Object.entries(cases)) outputs.set(`examples/cases/${name}.json`, `${JSON.stringify(one, null, 1)}\n`);
outputs.set('examples/cases/review.pub', `lightkeeper-verifying-key-v1 ${b64(publicBytes)}\n`);

// --- Good and bad reports: changes of the examples and what the linter has to say ----------------------------------------
const change = (name, base, patch, expect) => ({ name, base, patch, ...expect });
const gone = (path) => ({ op: 'remove', path });
const set = (path, value) => ({ op: 'add', path, value });
const clean = Object.keys(cases).filter((name) => name !== 'incomplete')
  .map((name) => change(`${name} as it is`, name, [], { none_hard: true }));
const bad = [
  ['incident.type', gone('/incident/type')], ['incident.time', gone('/incident/time')],
  ['incident.time_denotes', gone('/incident/time/denotes')], ['incident.time_future', set('/incident/time/at_ms', made + hour)],
  ['reported.account', gone('/accounts/reported/0/account')], ['reported.account', set('/accounts/reported', [])],
  ['roles.both', set('/accounts/victims/0/account', id('harbour-17'))],
  ['evidence.detection', set('/incident/detected_by', [])], ['evidence.detection', set('/incident/detected_by', ['on_device_voucher'])],
  ['evidence.detection', set('/incident/detected_by', ['service_protected_match'])],
  ['reporter.email', gone('/service/reporting_person/emails')], ['reporter.contact', gone('/service/contact_person')],
  ['reporter.template', gone('/service/company_template')], ['narrative.what', gone('/incident/narrative')],
  ['narrative.reviewed', gone('/decision')], ['preservation.hold', set('/holds', [])],
  ['preservation.hold', set('/holds/0/until_ms', made - 1)],
  ['ip.registration', gone('/accounts/reported/0/ip_events/0')], ['ip.logins', gone('/accounts/reported/0/ip_events/2')],
  ['ip.logins', set('/accounts/reported/0/ip_events/2/at_ms', made - 91 * day)],
  ['ip.port', gone('/accounts/reported/0/ip_events/1/port')], ['ip.time', gone('/accounts/reported/0/ip_events/1/at_ms')],
  ['ip.proxy', gone('/accounts/reported/0/ip_events/1/possible_proxy')],
  ['contact.verified', gone('/accounts/reported/0/emails/0/verified_ms')],
  ['contact.all_emails', gone('/accounts/reported/0/all_emails_reported')], ['victim.named', set('/accounts/victims', [])],
  ['victim.age_basis', gone('/accounts/victims/0/age')], ['victim.age_basis', gone('/accounts/victims/0/age/origin/basis')],
  ['annotations.decided', gone('/incident/annotations')], ['annotations.escalate', gone('/incident/escalate_reason')],
  ['location.basis', gone('/accounts/reported/0/location')], ['prior.reports', gone('/accounts/reported/0/prior_reports')],
  ['associated.accounts', gone('/accounts/reported/0/associated_accounts')],
  ['device.identifiers', gone('/accounts/reported/0/devices')], ['jurisdiction.links', set('/jurisdiction', {})],
  ['text.characters', set('/incident/narrative', '[Narrative with a control character \u0001: 40 characters]')],
].map(([rule, ...patch], i) => change(`text-only, change ${i + 1}: ${rule}`, 'text-only', patch, { finds: [rule] }));
const others = [
  change('pictures without hashes', 'pictures', [gone('/files/0/pdq')], { finds: ['file.hashes'] }),
  change('pictures without decision on annotations', 'pictures', [gone('/files/0/annotations')], { finds: ['file.annotations'] }),
  change('a picture that cannot be uploaded', 'pictures', [set('/files/0/available', false)], { finds: ['file.missing'] }),
  change('nobody looked', 'pictures', [gone('/files/0/viewed')], { finds: ['file.viewed'] }),
  change('a viewed event with a changed time', 'pictures', [set('/files/0/viewed/0/at_ms', made - 2 * hour)], { finds: ['file.viewed_event', 'file.viewed'] }),
  change('a viewed event of a blurred form, said to be grey', 'pictures', [set('/files/1/viewed/0/step', 'grey')], { finds: ['file.viewed_event'] }),
  change('a viewed event moved to another file', 'pictures', [{ op: 'copy', from: '/files/0/viewed', path: '/files/1/viewed' }], { finds: ['file.viewed_event'] }),
  change('a review key that is not known', 'pictures', [set('/service/review_keys_b64', [b64(Buffer.alloc(32, 9))])], { finds: ['file.viewed_event', 'file.viewed'] }),
  change('a group without its identifier', 'group', [gone('/accounts/reported/0/group_identifier'), gone('/accounts/reported/1/group_identifier')], { finds: ['group.identifier'] }),
  change('a voucher as detection, but no voucher', 'voucher', [set('/vouchers', [])], { finds: ['evidence.detection'] }),
  change('no evidence at all', 'minor-to-minor', [set('/messages', [])], { finds: ['evidence.present'] }),
  change('not verified only', 'minor-to-minor', [set('/messages/0/class', 'not_verified'), set('/messages/0/why', 'no stamp'),
    set('/messages/1/class', 'not_verified'), set('/messages/1/why', 'no stamp')], { finds: ['conversation.verified'] }),
  change('messages that cannot be read', 'minor-to-minor', [set('/messages/0/type', 'unreadable'), set('/messages/1/type', 'unreadable')], { finds: ['conversation.text'] }),
  change('gaps are said', 'text-only', [], { finds: ['conversation.gaps'] }),
  change('nothing said about what is missing', 'group', [gone('/incident/unavailable')], { finds: ['narrative.unavailable'] }),
  change('an address of a device type without a value', 'text-only', [set('/accounts/reported/0/emails/0/address', '    ')], { finds: ['schema.invalid'] }),
];
outputs.set('fixtures/reports/corpus.json', `${JSON.stringify([...clean, ...bad, ...others], null, 1)}\n`);

// --- Vectors: documents, and what a validator has to say -------------------------------------------------------------------
const head = '<?xml version="1.0" encoding="UTF-8"?>\n';
const summary = (more = '', type = 'Online Enticement of Children for Sexual Acts') =>
  `<incidentSummary><incidentType>${type}</incidentType>${more}<incidentDateTime>2026-03-01T12:00:00Z</incidentDateTime></incidentSummary>`;
const chat = '<internetDetails><chatImIncident><chatClient>Example Messenger</chatClient><content>[message 1: SECRECY, 41 characters]</content></chatImIncident></internetDetails>';
const reporter = '<reporter><reportingPerson><email>reports@example.org</email></reportingPerson></reporter>';
const report = (parts) => `${head}<report>${parts}</report>\n`;
const details = (parts) => `${head}<fileDetails><reportId>1</reportId><fileId>f1</fileId>${parts}</fileDetails>\n`;
const ip = '<ipCaptureEvent><ipAddress>198.51.100.7</ipAddress><eventName>Login</eventName><dateTime>2026-03-01T11:00:00Z</dateTime><possibleProxy>false</possibleProxy><port>40001</port></ipCaptureEvent>';
const hashes = (n) => `<details type="HASH"><nameValuePair><name>MD5</name><value>${n}</value></nameValuePair></details>`;
const vector = (name, document, xml, rule) => ({ name, document, valid: rule === undefined, ...(rule === undefined ? {} : { rule }), xml });
const vectors = [
  vector('1 a full chat report', 'report', report(
    summary('<platform>Example Messenger</platform><escalateToHighPriority>[reason: 20 characters]</escalateToHighPriority><reportAnnotations><sextortion>true</sextortion><spam/></reportAnnotations>')
    + chat + reporter + `<personOrUserReported><espIdentifier>a1</espIdentifier><espService>Example Messenger</espService>${ip}`
    + '<accountTemporarilyDisabled disabledDate="2026-03-01T13:00:00Z" userNotified="false">true</accountTemporarilyDisabled></personOrUserReported>'
    + '<victim><victimPerson><age>13</age></victimPerson></victim>')),
  vector('2a report annotations, empty', 'report', report(summary('<reportAnnotations/>') + chat + reporter)),
  vector('2b file annotations, empty', 'fileDetails', details('<fileAnnotations/>')),
  vector('2c an annotation, empty', 'report', report(summary('<reportAnnotations><sextortion/></reportAnnotations>') + chat + reporter)),
  vector('3 an annotation that says false', 'report', report(summary('<reportAnnotations><sextortion>false</sextortion></reportAnnotations>') + chat + reporter), 'fixed'),
  vector('4 eventName before ipAddress', 'report', report(summary() + chat + reporter
    + '<personOrUserReported><ipCaptureEvent><eventName>Login</eventName><ipAddress>198.51.100.7</ipAddress></ipCaptureEvent></personOrUserReported>'), 'order'),
  vector('5 an incident type with one letter missing', 'report', report(summary('', 'Online Enticement of Children for Sexual Act') + chat + reporter), 'enumeration'),
  vector('6 a victim without victimPerson', 'report', report(summary() + chat + reporter + '<victim><espIdentifier>a1</espIdentifier></victim>'), 'required'),
  vector('7 potentialMeme and fileAnnotations', 'fileDetails', details('<potentialMeme>true</potentialMeme><fileAnnotations><viral/></fileAnnotations>'), 'choice'),
  vector('8 two ipCaptureEvent in fileDetails', 'fileDetails', details(ip + ip), 'cardinality'),
  vector('9 no internetDetails', 'report', report(summary() + reporter), 'documentation'),
  vector('10a several details', 'fileDetails', details(hashes('00') + hashes('01'))),
  vector('10b several additionalInfo', 'fileDetails', details('<additionalInfo>one</additionalInfo><additionalInfo>two</additionalInfo>')),
  vector('an incident in the future', 'report', report(summary().replace('2026-', '2999-') + chat + reporter), 'future'),
  vector('white space in an address', 'report', report(summary() + '<internetDetails><webPageIncident><url>https://example.org/a b</url></webPageIncident></internetDetails>' + reporter), 'value'),
  vector('a text of 3001 characters', 'report', report(summary(`<escalateToHighPriority>${'x'.repeat(3001)}</escalateToHighPriority>`) + chat + reporter), 'length'),
  vector('a text of 3000 characters beyond ASCII', 'report', report(summary(`<escalateToHighPriority>${'ü'.repeat(3000)}</escalateToHighPriority>`) + chat + reporter)),
  vector('priorCTReports in an associated account', 'report', report(summary() + chat + reporter
    + '<personOrUserReported><associatedAccount type="Linked"><priorCTReports>1</priorCTReports></associatedAccount></personOrUserReported>'), 'unknown'),
  vector('priorCTReport in an associated account', 'report', report(summary() + chat + reporter
    + '<personOrUserReported><associatedAccount type="Linked"><priorCTReport>1</priorCTReport></associatedAccount></personOrUserReported>')),
  vector('an associated account without its type', 'report', report(summary() + chat + reporter
    + '<personOrUserReported><associatedAccount/></personOrUserReported>'), 'required'),
  vector('two kinds of internet details in one', 'report', report(summary() + chat.replace('</internetDetails>', '<emailIncident/></internetDetails>') + reporter), 'choice'),
  vector('annotations in another order', 'report', report(summary('<reportAnnotations><spam/><sextortion/></reportAnnotations>') + chat + reporter)),
  vector('victim before reporter', 'report', report(summary() + chat + '<victim><victimPerson/></victim>' + reporter), 'order'),
  vector('a time without a zone', 'report', report(summary().replace('12:00:00Z', '12:00:00') + chat + reporter), 'value'),
  vector('a reporter without e-mail', 'report', report(summary() + chat + '<reporter><reportingPerson/></reporter>'), 'documentation'),
  vector('viewed, and nobody looked', 'fileDetails', details('<fileViewedByEsp>true</fileViewedByEsp>'), 'viewed'),
  vector('not viewed', 'fileDetails', details('<fileViewedByEsp>false</fileViewedByEsp>')),
  vector('a class on a supplemental file', 'fileDetails', details('<fileRelevance>Supplemental Reported</fileRelevance><industryClassification>B2</industryClassification>'), 'relevance'),
  vector('a hash without its type', 'fileDetails', details('<originalFileHash>00</originalFileHash>'), 'required'),
  vector('details without a pair', 'fileDetails', details('<details type="HASH"/>'), 'required'),
  vector('a port of 0', 'fileDetails', details('<ipCaptureEvent><ipAddress>2001:db8::1</ipAddress><port>0</port></ipCaptureEvent>'), 'value'),
];
outputs.set('vectors/cybertip.json', `${JSON.stringify({ now_ms: made, vectors }, null, 1)}\n`);

// --- Write or compare --------------------------------------------------------------------------------------------------
let different = 0;
for (const [path, content] of outputs) {
  const at = join(root, path);
  if (process.argv[2] === '--check') {
    if (!existsSync(at) || readFileSync(at, 'utf8') !== content) {
      console.error(`${path} is not what tools/generate_case_examples.mjs writes`);
      different++;
    }
  } else {
    mkdirSync(dirname(at), { recursive: true });
    writeFileSync(at, content);
  }
}
process.exit(different ? 1 : 0);
