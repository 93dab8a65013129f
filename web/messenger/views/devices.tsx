// One's own devices: which there are, whether a new one is really mine, and taking one away.
import { useEffect, useState } from 'preact/hooks';
import { Icon } from '../../shared/components/icon.tsx';
import { Button, Dialog, Note } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';
import { dateAndTime, inWords } from '../../shared/words.ts';
import { deviceCode } from '../e2ee/safety_number.ts';
import { refreshOwnDevices, type OwnDevice } from '../state/own_devices.ts';
import { useApp } from './context.ts';
import { PageTop } from './page_top.tsx';

export function DevicesPane() {
  const { messenger } = useApp();
  const { core } = messenger;
  const [problem, setProblem] = useState('');
  useEffect(() => {
    refreshOwnDevices(core).catch((error: unknown) => setProblem(inWords(error)));
  }, [core]);
  const attempt = (work: Promise<void>): void => {
    setProblem('');
    work.catch((error: unknown) => setProblem(inWords(error)));
  };
  return (
    <div class="sheet stack">
      <PageTop>{t.devices.title}</PageTop>
      <p>{t.devices.intro}</p>
      {problem !== '' && (
        <Note tone="alert" role="alert">
          {problem}
        </Note>
      )}
      <ul class="plain-list stack">
        {(core.screen.devices.value ?? []).map((device) => (
          <Entry
            key={device.device}
            device={device}
            onConfirm={() => attempt(messenger.confirmDevice(device))}
            onRemove={() => attempt(messenger.dropDevice(device))}
          />
        ))}
      </ul>
    </div>
  );
}

interface EntryProps {
  device: OwnDevice;
  onConfirm: () => void;
  onRemove: () => void;
}

function Entry({ device, onConfirm, onRemove }: EntryProps) {
  const [asking, setAsking] = useState(false);
  return (
    <li class="card stack-tight" data-device={device.state} data-current={String(device.current)}>
      <h2>{device.name}</h2>
      <p class="small muted">
        {device.current && `${t.devices.current}. `}
        {t.devices.since(dateAndTime(device.since))}
      </p>
      {device.state === 'confirmed' && (
        <p class="state ok small">
          <Icon name="check" />
          {t.devices.confirmed}
        </p>
      )}
      {device.state === 'asks' && (
        <>
          <p class="state warn">
            <Icon name="alert" />
            {t.devices.asks}
          </p>
          <p>{t.devices.asksBody}</p>
          <Code device={device} />
        </>
      )}
      {device.state === 'waits' && (
        <>
          <p class="state warn">
            <Icon name="clock" />
            {t.devices.waits}
          </p>
          <p>{t.devices.waitsBody}</p>
          <Code device={device} />
        </>
      )}
      <div class="row">
        {device.state === 'asks' && <Button onClick={onConfirm}>{t.devices.confirm}</Button>}
        <Button onClick={() => setAsking(true)}>{device.current ? t.devices.removeCurrent : t.devices.remove}</Button>
      </div>
      {asking && (
        <Dialog
          title={t.devices.removeAsk}
          onClose={() => setAsking(false)}
          actions={
            <Button
              look="primary"
              onClick={() => {
                setAsking(false);
                onRemove();
              }}
            >
              {device.current ? t.devices.removeCurrent : t.devices.remove}
            </Button>
          }
        >
          <p>{t.devices.removeBody}</p>
        </Dialog>
      )}
    </li>
  );
}

function Code({ device }: { device: OwnDevice }) {
  const { messenger } = useApp();
  const [groups, setGroups] = useState<string[]>([]);
  const { account } = messenger.core.session;
  useEffect(() => {
    void deviceCode({ account, signatureKey: device.key }).then(setGroups);
  }, [account, device.device]);
  return (
    <div class="stack-tight">
      <span class="legend">{t.devices.code}</span>
      <p class="code" data-device-code>
        {groups.join(' ')}
      </p>
    </div>
  );
}
