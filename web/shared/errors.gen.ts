// Made from src/core/base/errors.def by tools/generate_errors.mjs; do not edit.

export interface ErrorEntry {
  readonly number: number;
  readonly httpStatus: number;
  readonly exitCode: number;
  readonly title: string;
  readonly mend: string;
}

export const errorCatalogue = {
  internal: { number: 1, httpStatus: 500, exitCode: 70, title: 'Something went wrong inside Lightkeeper', mend: 'Try again; if it stays, report it with the log lines around it.' },
  bad_argument: { number: 2, httpStatus: 400, exitCode: 64, title: 'An argument is not usable', mend: 'See --help or the API reference for what is expected.' },
  bad_json: { number: 3, httpStatus: 400, exitCode: 65, title: 'The JSON is not well-formed or not of the expected shape', mend: 'Compare it with the API reference.' },
  truncated: { number: 4, httpStatus: 400, exitCode: 65, title: 'The data ends too early', mend: 'Transfer it again, whole.' },
  trailing_data: { number: 5, httpStatus: 400, exitCode: 65, title: 'There is data after the end', mend: 'Remove what follows, or transfer it again.' },
  bad_format: { number: 6, httpStatus: 400, exitCode: 65, title: 'The data is not in the expected format', mend: 'Check that this is the right kind of file or message.' },
  unsupported_version: { number: 7, httpStatus: 400, exitCode: 65, title: 'This format version is not known here', mend: 'Update Lightkeeper.' },
  too_large: { number: 8, httpStatus: 413, exitCode: 65, title: 'This is larger than the limit', mend: 'Send something smaller.' },
  not_found: { number: 9, httpStatus: 404, exitCode: 66, title: 'There is nothing by that name', mend: 'Check the name or id.' },
  already_exists: { number: 10, httpStatus: 409, exitCode: 73, title: 'That name is already taken', mend: 'Choose another one.' },
  conflict: { number: 11, httpStatus: 409, exitCode: 75, title: 'The state has changed meanwhile', mend: 'Read the newest state and try again.' },
  not_signed_in: { number: 12, httpStatus: 401, exitCode: 77, title: 'You are not signed in', mend: 'Sign in and try again.' },
  not_allowed: { number: 13, httpStatus: 403, exitCode: 77, title: 'This account may not do that', mend: 'Ask somebody with the right role.' },
  too_many_requests: { number: 14, httpStatus: 429, exitCode: 75, title: 'Too many requests', mend: 'Wait a little and try again.' },
  unavailable: { number: 15, httpStatus: 503, exitCode: 75, title: 'This is not available right now', mend: 'Try again in a moment.' },
  timed_out: { number: 16, httpStatus: 504, exitCode: 75, title: 'No answer came in time', mend: 'Try again.' },
  io_failed: { number: 17, httpStatus: 500, exitCode: 74, title: 'A file could not be read or written', mend: 'Check the path, the rights and the free space.' },
  storage_failed: { number: 18, httpStatus: 500, exitCode: 74, title: 'The database refused an operation', mend: 'Check the free space and run the verify command.' },
  bad_configuration: { number: 19, httpStatus: 500, exitCode: 78, title: 'The configuration is not usable', mend: 'Mend the named setting.' },
  method_not_allowed: { number: 20, httpStatus: 405, exitCode: 64, title: 'This address does not take that method', mend: 'See the API reference.' },
  bad_signature: { number: 30, httpStatus: 400, exitCode: 65, title: 'A signature does not verify', mend: 'Get the file again from its publisher, or check the pinned key.' },
  decryption_failed: { number: 31, httpStatus: 400, exitCode: 65, title: 'The data does not open with this key', mend: 'It was changed, or it is for somebody else.' },
  bad_key: { number: 32, httpStatus: 400, exitCode: 65, title: 'A key is not usable', mend: 'Create it anew or check where it came from.' },
  picture_type_unsupported: { number: 40, httpStatus: 415, exitCode: 65, title: 'Only JPEG, PNG and WebP still pictures can be used', mend: 'Save it as JPEG, PNG or WebP and try again.' },
  picture_not_what_it_claims: { number: 41, httpStatus: 415, exitCode: 65, title: 'This file is not the kind of picture that it claims to be', mend: 'Save it again from a picture program and try again.' },
  picture_damaged: { number: 42, httpStatus: 400, exitCode: 65, title: 'This picture is damaged or incomplete', mend: 'Try another copy of it.' },
  picture_too_large: { number: 43, httpStatus: 413, exitCode: 65, title: 'This picture has more pixels than can be checked', mend: 'Make it smaller and try again.' },
  picture_animated: { number: 44, httpStatus: 415, exitCode: 65, title: 'Moving pictures cannot be sent yet', mend: 'Send a single still picture.' },
  list_class_refused: { number: 50, httpStatus: 400, exitCode: 65, title: 'This list holds a class that needs certification by several organisations', mend: 'Only class \'test\' is accepted until lists can be certified and logged.' },
  list_variant_mismatch: { number: 51, httpStatus: 400, exitCode: 65, title: 'The list is made for another PDQ variant', mend: 'Use a list of the same variant.' },
  manifest_stale: { number: 52, httpStatus: 400, exitCode: 65, title: 'The manifest is older than one already seen, or expired', mend: 'Fetch the newest manifest.' },
  manifest_mismatch: { number: 53, httpStatus: 409, exitCode: 75, title: 'The parties do not hold the same manifest', mend: 'Fetch the newest manifest; if it stays, tell the operator.' },
  shares_disagree: { number: 54, httpStatus: 400, exitCode: 65, title: 'The keepers were given shares that do not fit together', mend: 'Make a new query; the device program may be damaged.' },
  replayed: { number: 55, httpStatus: 409, exitCode: 75, title: 'This query was already answered', mend: 'Make a new query with fresh shares.' },
  keeper_unreachable: { number: 56, httpStatus: 503, exitCode: 69, title: 'A keeper did not answer', mend: 'Check that all three keepers run, then try again.' },
  identity_attached: { number: 57, httpStatus: 400, exitCode: 65, title: 'This route takes no cookie, session or account', mend: 'Send the request without credentials.' },
  frank_invalid: { number: 60, httpStatus: 400, exitCode: 65, title: 'The message does not match its commitment or stamp', mend: 'It is not shown. Ask for it to be sent again.' },
  credential_mismatch: { number: 61, httpStatus: 403, exitCode: 65, title: 'The sender\'s key is not the one on record for this account', mend: 'Compare safety numbers in person.' },
  no_key_package: { number: 62, httpStatus: 404, exitCode: 75, title: 'This person\'s device has no key package left', mend: 'Try again when they have been online.' },
  code_used: { number: 63, httpStatus: 410, exitCode: 77, title: 'This one-time code was used already or does not exist', mend: 'Ask for a new link.' },
  guard_refused: { number: 64, httpStatus: 403, exitCode: 65, title: 'The guard advises against this', mend: 'See the reasons that came with it.' },
  case_file_invalid: { number: 70, httpStatus: 400, exitCode: 65, title: 'The case file does not follow its format', mend: 'Mend the named place; see docs/reference/case-file.md.' },
  report_incomplete: { number: 71, httpStatus: 422, exitCode: 65, title: 'The report lacks what every report must have', mend: 'Set the named fact, then try again.' },
  report_invalid: { number: 72, httpStatus: 422, exitCode: 65, title: 'The report breaks a rule of the reporting schema', mend: 'Mend the named element; see docs/reference/report-rules.md.' },
  xml_refused: { number: 73, httpStatus: 400, exitCode: 65, title: 'This XML is not taken', mend: 'Send plain UTF-8 XML without document type and entities, within the limits.' },
  schema_unusable: { number: 74, httpStatus: 400, exitCode: 65, title: 'The schema file cannot be used', mend: 'Download it again, whole; it must not import other files.' },
  outlet_not_for_case: { number: 75, httpStatus: 409, exitCode: 65, title: 'This case does not go to that place', mend: 'See the reason, and choose another outlet.' },
  production_locked: { number: 80, httpStatus: 403, exitCode: 77, title: 'Sending to the real hotline is locked', mend: 'Two people arm it: with the schema that the hotline gives now, and with contacts that answer.' },
  sending_stopped: { number: 81, httpStatus: 409, exitCode: 75, title: 'Sending to the hotline is switched off', mend: 'Switch it on again when the reason is gone.' },
  answer_not_understood: { number: 82, httpStatus: 502, exitCode: 76, title: 'The hotline\'s answer was not understood', mend: 'Try again; if it stays, compare the address with the hotline\'s documentation.' },
  contacts_not_real: { number: 83, httpStatus: 400, exitCode: 78, title: 'These contacts cannot be real', mend: 'Give an address and a telephone number at which somebody answers.' },
  proof_invalid: { number: 90, httpStatus: 400, exitCode: 65, title: 'This proof does not fit the log', mend: 'Get the proof again, for the same checkpoint; if it stays, the log was changed.' },
  log_tampered: { number: 91, httpStatus: 500, exitCode: 65, title: 'The audit log is not the one that was signed', mend: 'Keep a copy of the data folder as it is, and run lightkeeper audit verify on it.' },
  same_person: { number: 95, httpStatus: 403, exitCode: 77, title: 'This needs a second person', mend: 'Ask a colleague who may approve it.' },
  not_approved: { number: 96, httpStatus: 409, exitCode: 77, title: 'No unused approval fits this', mend: 'Ask for one, and let a second person approve it.' },
  oidc_not_configured: { number: 97, httpStatus: 404, exitCode: 78, title: 'No sign-in provider is set up here', mend: 'Sign in with a passkey or a password.' },
  oidc_failed: { number: 98, httpStatus: 401, exitCode: 77, title: 'The sign-in provider\'s answer cannot be used', mend: 'Start the sign-in again; if it stays, tell the administrator.' },
  oidc_not_invited: { number: 99, httpStatus: 403, exitCode: 77, title: 'Nobody of staff here is linked to this sign-in', mend: 'Ask an administrator for an invitation.' },
  not_in_scope: { number: 105, httpStatus: 403, exitCode: 77, title: 'This case is outside what this account looks after', mend: 'Ask somebody whose scope covers this kind of harm.' },
  needs_another_person: { number: 106, httpStatus: 403, exitCode: 77, title: 'Somebody else has to do this', mend: 'Ask another member of staff; nobody confirms their own decision.' },
  account_restricted: { number: 107, httpStatus: 403, exitCode: 77, title: 'This account can\'t start conversations or send pictures at the moment', mend: 'Your notices say why and how you can object.' },
  exposure_budget: { number: 113, httpStatus: 403, exitCode: 77, title: 'Today\'s time with difficult material is used up', mend: 'Take a break; a supervisor can release more time.' },
  held: { number: 114, httpStatus: 409, exitCode: 75, title: 'This is under a preservation hold', mend: 'It can be removed when no hold is live any more.' },
  evidence_destroyed: { number: 115, httpStatus: 410, exitCode: 66, title: 'The evidence of this case was destroyed', mend: 'The destruction certificate says when and on whose order.' },
  media_unsupported: { number: 116, httpStatus: 415, exitCode: 65, title: 'This kind of file cannot be shown here', mend: 'JPEG, PNG, WebP, MP4, MOV and WebM can be shown.' },
  video_damaged: { number: 117, httpStatus: 400, exitCode: 65, title: 'This video is damaged or incomplete', mend: 'Try another copy of it.' },
  epoch_gone: { number: 120, httpStatus: 409, exitCode: 75, title: 'The conversation\'s keys have moved on', mend: 'Read what arrived meanwhile and encrypt the message again.' },
  device_unknown: { number: 121, httpStatus: 409, exitCode: 77, title: 'This session has not said which device it is', mend: 'Publish the device\'s key first.' },
  device_removed: { number: 122, httpStatus: 403, exitCode: 77, title: 'This device was removed from the account', mend: 'Set the device up anew, or ask the owner of the account.' },
} as const satisfies Readonly<Record<string, ErrorEntry>>;

export type ErrorCodeName = keyof typeof errorCatalogue;

export function isErrorCodeName(name: string): name is ErrorCodeName {
  return Object.hasOwn(errorCatalogue, name);
}
