// One place that talks HTTP with the service: bearer token in, problem+json out. No cookies, nothing cached.
import type { Problem } from './types.ts';

export class ServiceError extends Error {
  constructor(readonly problem: Problem) {
    super(problem.title);
    this.name = 'ServiceError';
  }
  get code(): string {
    return this.problem.code;
  }
}

/** The service could not be reached at all: worth another try, unlike a ServiceError below 500. */
export class OfflineError extends Error {
  constructor() {
    super('offline');
    this.name = 'OfflineError';
  }
}

/** True when the same request may succeed later: no answer, an overload, or a session that has to be renewed. */
export function isTransient(error: unknown): boolean {
  if (error instanceof OfflineError) return true;
  if (!(error instanceof ServiceError)) return false;
  const status = error.problem.status;
  return status >= 500 || status === 429 || status === 401;
}

type TokenSource = () => string | null;
let token: TokenSource = () => null;
let onSignedOut: () => void = () => undefined;

export function useToken(source: TokenSource, signedOut: () => void): void {
  token = source;
  onSignedOut = signedOut;
}

interface Request {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  json?: unknown;
  octets?: Uint8Array<ArrayBuffer>;
  signal?: AbortSignal;
  /** Asked by the page and not by a person: does not keep a session of staff awake. */
  background?: boolean;
  /** Reaches the service even if the page is left at this moment; for small bodies. */
  keepalive?: boolean;
}

async function readProblem(response: Response): Promise<Problem> {
  try {
    const body = (await response.json()) as Partial<Problem>;
    if (typeof body.code === 'string' && typeof body.title === 'string') {
      return { status: response.status, code: body.code, title: body.title, ...(body.mend ? { mend: body.mend } : {}) };
    }
  } catch {
    // not JSON: a proxy answered, not the service
  }
  return { status: response.status, code: 'internal', title: `HTTP ${response.status}` };
}

export async function send(path: string, request: Request = {}): Promise<Response> {
  const headers = new Headers();
  const bearer = token();
  if (bearer !== null) headers.set('Authorization', `Bearer ${bearer}`);
  if (request.background === true) headers.set('Lightkeeper-Background', '1');
  let body: BodyInit | null = null;
  if (request.json !== undefined) {
    headers.set('Content-Type', 'application/json');
    body = JSON.stringify(request.json);
  } else if (request.octets !== undefined) {
    headers.set('Content-Type', 'application/octet-stream');
    body = request.octets;
  }
  let response: Response;
  try {
    response = await fetch(path, {
      method: request.method ?? 'GET',
      headers,
      body,
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
      keepalive: request.keepalive === true,
      ...(request.signal ? { signal: request.signal } : {}),
    });
  } catch {
    throw new OfflineError();
  }
  if (response.ok) return response;
  const problem = await readProblem(response);
  if (response.status === 401 && bearer !== null) onSignedOut();
  throw new ServiceError(problem);
}

export async function sendJson<T>(path: string, request: Request = {}): Promise<T> {
  const response = await send(path, request);
  return (await response.json()) as T;
}

export async function fetchBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const response = await send(path);
  return new Uint8Array(await response.arrayBuffer());
}
