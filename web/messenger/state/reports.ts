// Reporting: the person chooses messages, sees exactly what would leave, and only then it leaves.
import { sendReport } from '../../shared/api/messenger_api.ts';
import type { Id, ReportReason } from '../../shared/api/types.ts';
import { newId } from '../../shared/bytes.ts';
import type { ChatMessage } from './model.ts';

export interface ReportDraft {
  alleged: Id;
  messages: ChatMessage[];
  reason: ReportReason;
  note: string;
  statement: string;
  clientId: Id; // made with the draft, so that sending twice files it once
}

export const newDraft = (alleged: Id, messages: ChatMessage[], reason: ReportReason): ReportDraft => ({
  alleged,
  messages,
  reason,
  note: '',
  statement: '',
  clientId: newId(),
});

/** Only what the service has accepted carries a stamp and can be reported. */
export const isReportable = (message: ChatMessage): boolean =>
  message.status === 'accepted' && message.evidence.stamp_b64 !== '';

export async function file(draft: ReportDraft): Promise<Id> {
  const answer = await sendReport({
    client_id: draft.clientId,
    reason: draft.reason,
    note: draft.note,
    alleged: draft.alleged,
    messages: draft.messages.map((message) => message.evidence),
    ...(draft.statement.trim() === '' ? {} : { statement: draft.statement }),
  });
  return answer.report;
}
