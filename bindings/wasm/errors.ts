// Errors of the catalogue (src/core/base/errors.def) as exceptions. Title and mend are the catalogue's words.

export type ErrorCodeName = string;

export class LightkeeperError extends Error {
  override readonly name = 'LightkeeperError';
  constructor(
    readonly code: ErrorCodeName,
    readonly title: string,
    /** What the person can do about it. */
    readonly mend: string,
    /** Where in the program, and more; never content. */
    readonly where = '',
    readonly detail = '',
  ) {
    super(detail === '' ? `${title} (${where})` : `${title} (${where}: ${detail})`);
  }
}

/** The few errors that arise in JavaScript, with the catalogue's words. */
const kOwn = {
  internal: ['Something went wrong inside Lightkeeper', 'Try again; if it stays, report it with the log lines around it.'],
  bad_argument: ['An argument is not usable', 'See --help or the API reference for what is expected.'],
  too_large: ['This is larger than the limit', 'Send something smaller.'],
  unavailable: ['This is not available right now', 'Try again in a moment.'],
  picture_not_what_it_claims: ['This file is not the kind of picture that it claims to be', 'Save it again from a picture program and try again.'],
  picture_damaged: ['This picture is damaged or incomplete', 'Try another copy of it.'],
  picture_too_large: ['This picture has more pixels than can be checked', 'Make it smaller and try again.'],
  manifest_mismatch: ['The parties do not hold the same manifest', 'Fetch the newest manifest; if it stays, tell the operator.'],
} as const;

export function ownError(code: keyof typeof kOwn, where: string, detail = ''): LightkeeperError {
  const [title, mend] = kOwn[code];
  return new LightkeeperError(code, title, mend, where, detail);
}
