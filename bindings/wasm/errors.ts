// Errors of the catalogue (src/core/base/errors.def) as exceptions. Title and mend are the catalogue's words.

import { errorCatalogue, isErrorCodeName, type ErrorCodeName } from '../../web/shared/errors.gen.js';

export type { ErrorCodeName } from '../../web/shared/errors.gen.js';

export class LightkeeperError extends Error {
  override readonly name = 'LightkeeperError';
  readonly title: string;
  /** What the person can do about it. */
  readonly mend: string;

  constructor(
    readonly code: ErrorCodeName,
    /** Where in the program, and more; never content. */
    readonly where: string,
    readonly detail = '',
  ) {
    const { title, mend } = errorCatalogue[code];
    super(detail === '' ? `${title} (${where})` : `${title} (${where}: ${detail})`);
    this.title = title;
    this.mend = mend;
  }

  /** From a name that came from elsewhere; one that is not in the catalogue is `internal`. */
  static named(name: string, where: string, detail: string): LightkeeperError {
    return new LightkeeperError(isErrorCodeName(name) ? name : 'internal', where, detail);
  }
}
