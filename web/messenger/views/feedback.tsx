// What became of one's reports, what was decided about one's account, and what waits on this device to be sent.
import { useEffect, useState } from 'preact/hooks';
import { appealNotice, listNotices, listOwnReports } from '../../shared/api/messenger_api.ts';
import type { OwnReport, PersonNotice } from '../../shared/api/types.ts';
import { Button, Field, Note } from '../../shared/components/parts.tsx';
import { link } from '../../shared/router.ts';
import { t } from '../../shared/strings/index.ts';
import { dateAndTime, inWords } from '../../shared/words.ts';
import { useApp } from './context.ts';
import { HelpButton } from './help.tsx';
import { PageTop } from './page_top.tsx';

export function FeedbackPane() {
  const { messenger } = useApp();
  const kept = messenger.core.screen.keptReports.value;
  const vouchers = messenger.core.screen.keptVouchers.value;
  const [reports, setReports] = useState<OwnReport[] | null>(null);
  const [notices, setNotices] = useState<PersonNotice[] | null>(null);
  const [problem, setProblem] = useState('');
  const load = (): void => {
    setProblem('');
    const failed = (error: unknown): void => setProblem(inWords(error));
    listOwnReports().then(setReports, failed);
    listNotices().then(setNotices, failed);
  };
  useEffect(load, [kept.length]);
  return (
    <div class="sheet stack">
      <PageTop>{t.feedback.title}</PageTop>
      <p>{t.feedback.intro}</p>
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      {kept.length > 0 && (
        <section class="stack-tight" data-kept>
          <h2>{t.feedback.notSent}</h2>
          {kept.map((one) => (
            <div class="card stack-tight" key={one.clientId}>
              <p>
                {t.report.reasons[one.reason]}: {one.state === 'waiting' ? t.feedback.waiting : t.feedback.draft}
              </p>
              <div class="row">
                {one.state === 'draft' && (
                  <a class="button" href={link('c', one.conversation, 'report', 'kept', one.clientId)}>
                    {t.feedback.goOn}
                  </a>
                )}
                <Button onClick={() => void messenger.reports.discard(one.clientId)}>{t.feedback.discard}</Button>
              </div>
            </div>
          ))}
        </section>
      )}
      {vouchers.length > 0 && (
        <section class="stack-tight" data-kept-matches>
          {vouchers.map((one) => (
            <p class="card" key={one.clientId}>
              {one.state === 'refused' ? t.feedback.matchRefused : t.feedback.matchWaiting}
            </p>
          ))}
        </section>
      )}
      <section class="stack-tight">
        <h2>{t.feedback.reports}</h2>
        {reports?.length === 0 && <p class="muted">{t.feedback.noReports}</p>}
        {reports?.map((one) => (
          <div class="card stack-tight" key={one.report} data-report={one.status}>
            <p class="small muted">{t.feedback.sent(dateAndTime(one.sent_ms))}</p>
            <p>{t.feedback.status[one.status]}</p>
            {one.outcome !== null && <p>{one.outcome}</p>}
          </div>
        ))}
      </section>
      <section class="stack-tight">
        <h2>{t.feedback.notices}</h2>
        {notices?.length === 0 && <p class="muted">{t.feedback.noNotices}</p>}
        {notices?.map((one) => (
          <Notice key={one.notice} notice={one} onAppealed={load} />
        ))}
      </section>
      <div class="row">
        <Button onClick={load}>{t.feedback.again}</Button>
        <HelpButton label={t.picture.help} first="children" />
      </div>
    </div>
  );
}

function Notice({ notice, onAppealed }: { notice: PersonNotice; onAppealed: () => void }) {
  const [words, setWords] = useState('');
  const [problem, setProblem] = useState('');
  const appeal = (event: Event): void => {
    event.preventDefault();
    appealNotice(notice.notice, words.trim()).then(onAppealed, (error: unknown) => setProblem(inWords(error)));
  };
  return (
    <article class="card stack-tight" data-person-notice={notice.kind}>
      <h3>{notice.title}</h3>
      <p class="small muted">{dateAndTime(notice.made_ms)}</p>
      {notice.body.map((paragraph) => (
        <p key={paragraph}>{paragraph}</p>
      ))}
      <div class="row">
        <HelpButton label={t.picture.help} first="children" />
      </div>
      {notice.appeal !== null && <p class="state">{t.feedback.appealState[notice.appeal]}</p>}
      {notice.appealable && notice.appeal === null && (
        <details>
          <summary>{t.feedback.appeal}</summary>
          <form class="stack-tight" onSubmit={appeal}>
            <Field label={t.feedback.appealWords} error={problem}>
              {(ids) => (
                <textarea
                  {...ids}
                  rows={3}
                  maxLength={2000}
                  value={words}
                  onInput={(event) => setWords(event.currentTarget.value)}
                />
              )}
            </Field>
            <Button type="submit" disabled={words.trim() === ''}>
              {t.feedback.appealSend}
            </Button>
          </form>
        </details>
      )}
    </article>
  );
}
