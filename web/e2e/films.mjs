// Films for the tests: coloured rectangles, recorded by the browser itself.

/** A short drawn film as WebM with one frame for each colour, with a tone if asked for. */
export async function drawnFilm(page, { colours, sound }) {
  const text = await page.evaluate(
    async ({ colours, sound }) => {
      const canvas = document.createElement('canvas');
      Object.assign(canvas, { width: 160, height: 120 });
      const context = canvas.getContext('2d');
      const stream = canvas.captureStream(0);
      const [track] = stream.getVideoTracks();
      let audio = null;
      if (sound) {
        audio = new AudioContext();
        await audio.resume();
        const tone = audio.createOscillator();
        const end = audio.createMediaStreamDestination();
        tone.connect(end);
        tone.start();
        stream.addTrack(end.stream.getAudioTracks()[0]);
      }
      const recorder = new MediaRecorder(stream, { mimeType: sound ? 'video/webm;codecs=vp8,opus' : 'video/webm;codecs=vp8' });
      const parts = [];
      const ended = new Promise((done) => {
        recorder.ondataavailable = (event) => parts.push(event.data);
        recorder.onstop = done;
      });
      recorder.start();
      for (const [at, colour] of colours.entries()) {
        context.fillStyle = colour;
        context.fillRect(0, 0, 160, 120);
        context.fillStyle = '#fff';
        context.fillRect(10 + 20 * at, 20, 30, 40);
        track.requestFrame();
        // Not before something of it is recorded does the next one come: a busy machine leaves none out. With sound
        // the recorder gives everything at its end only.
        const before = parts.length;
        do {
          await new Promise((later) => setTimeout(later, 100));
          if (!sound) recorder.requestData();
        } while (!sound && parts.slice(before).every((part) => part.size === 0));
      }
      recorder.stop();
      await ended;
      await audio?.close();
      const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
      return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
    },
    { colours, sound },
  );
  return Buffer.from(text, 'base64');
}
