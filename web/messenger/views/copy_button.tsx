import { useState } from 'preact/hooks';
import { Button } from '../../shared/components/parts.tsx';
import { t } from '../../shared/strings/index.ts';

export function CopyButton({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <Button onClick={() => void navigator.clipboard.writeText(text).then(() => setCopied(true))}>
      <span aria-live="polite">{copied ? t.common.copied : label}</span>
    </Button>
  );
}
