// The live connection. Events come in order and are acknowledged one by one, after they are safely stored.
import type { ConversationKind, Id } from '../../shared/api/types.ts';

interface EventBase {
  event: number;
  conversation: Id;
  sender: Id;
  client_id: Id;
}
export interface WelcomeEvent extends EventBase {
  kind: 'welcome';
  welcome_b64: string;
  conversation_kind?: ConversationKind;
}
export interface CommitEvent extends EventBase {
  kind: 'commit';
  mls_b64: string;
}
export interface RelayMessageEvent extends EventBase {
  kind: 'message';
  mls_b64: string;
  commitment_b64: string;
  context_b64: string;
  stamp_b64: string;
  seq: number;
  accepted_ms: number;
}
export interface LeftEvent extends EventBase {
  kind: 'left';
  mls_b64: string;
}
/** The sender's devices changed; client_id names the one. */
export interface DevicesEvent extends EventBase {
  kind: 'devices';
  mls_b64: string;
}
export type RelayEvent = WelcomeEvent | CommitEvent | RelayMessageEvent | LeftEvent | DevicesEvent;

type Incoming = ({ type: 'event' } & RelayEvent) | { type: 'ready' } | { type: 'problem'; code: string };

export type RelayStatus = 'connecting' | 'online' | 'offline';

const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 15_000;

export class Relay {
  #socket: WebSocket | null = null;
  #wait = FIRST_WAIT_MS;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;
  #queue: Promise<void> = Promise.resolve();

  constructor(
    private readonly token: string,
    private readonly onStatus: (status: RelayStatus) => void,
    /** Resolves when the event is stored. Rejects when it must come again. */
    private readonly onEvent: (event: RelayEvent) => Promise<void>,
    private readonly onSignedOut: () => void,
  ) {}

  start(): void {
    this.#connect();
    addEventListener('online', this.#now);
  }

  stop(): void {
    this.#stopped = true;
    removeEventListener('online', this.#now);
    clearTimeout(this.#timer);
    this.#socket?.close();
  }

  #now = (): void => {
    if (this.#socket === null) this.#connect();
  };

  #connect(): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    this.onStatus('connecting');
    const scheme = location.protocol === 'https:' ? 'wss' : 'ws';
    const socket = new WebSocket(`${scheme}://${location.host}/api/v1/relay`);
    this.#socket = socket;
    socket.onopen = () => socket.send(JSON.stringify({ type: 'hello', token: this.token }));
    socket.onmessage = (message: MessageEvent<string>) => {
      const incoming = JSON.parse(message.data) as Incoming;
      if (incoming.type === 'ready') {
        this.#wait = FIRST_WAIT_MS;
        this.onStatus('online');
      } else if (incoming.type === 'event') {
        this.#queue = this.#queue.then(() => this.#take(socket, incoming));
      } else if (incoming.code === 'not_signed_in') {
        this.onSignedOut();
      }
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      if (this.#stopped) return;
      this.onStatus('offline');
      this.#timer = setTimeout(() => this.#connect(), this.#wait);
      this.#wait = Math.min(LONGEST_WAIT_MS, this.#wait * 2);
    };
  }

  async #take(socket: WebSocket, event: RelayEvent): Promise<void> {
    if (socket.readyState !== WebSocket.OPEN) return; // it comes again on the next connection
    try {
      await this.onEvent(event);
    } catch {
      socket.close(); // not stored, so not acknowledged: everything from here on comes again, in order
      return;
    }
    if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify({ type: 'ack', event: event.event }));
  }
}
