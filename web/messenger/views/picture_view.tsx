import { useEffect, useState } from 'preact/hooks';
import { handedOver, type CheckedPicture } from '../guard/client.ts';
import type { StoredPicture } from '../state/model.ts';

/** An object URL for as long as the component lives. */
export function useObjectUrl(bytes: Uint8Array<ArrayBuffer>, mediaType: string): string {
  const [url, setUrl] = useState('');
  useEffect(() => {
    const made = URL.createObjectURL(new Blob([bytes], { type: mediaType }));
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [bytes, mediaType]);
  return url;
}

/** Over white, as the check saw it: a transparent picture must not look different to the eye than to the check. */
export function PictureView({ picture, alt }: { picture: StoredPicture; alt: string }) {
  const url = useObjectUrl(picture.bytes, picture.mediaType);
  return url === '' ? null : (
    <img class="picture" src={url} alt={alt} width={picture.width} height={picture.height} decoding="async" />
  );
}

export function PreviewOf({ clean, alt }: { clean: CheckedPicture['clean']; alt: string }) {
  const url = useObjectUrl(handedOver(clean.bytes), clean.type);
  return url === '' ? null : <img class="preview" src={url} alt={alt} width={clean.width} height={clean.height} />;
}
