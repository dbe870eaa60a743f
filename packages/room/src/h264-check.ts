import { AppError } from '@trtc-recorder/runtime';
import type { DevTools } from './devtools.ts';

const EXPRESSION = `RTCRtpReceiver.getCapabilities('video').codecs.map((codec) => codec.mimeType.toLowerCase())`;

/** Throws BrowserLacksH264 when this Chromium was built without the codec that TRTC's anchors send by default. */
export async function assertDecodesH264(devtools: DevTools): Promise<void> {
  const { targetId } = (await devtools.send('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
  try {
    const { sessionId } = (await devtools.send('Target.attachToTarget', { targetId, flatten: true })) as {
      sessionId: string;
    };
    const answer = await devtools.send('Runtime.evaluate', { expression: EXPRESSION, returnByValue: true }, sessionId);
    const codecs = (answer as { result: { value?: unknown } }).result.value;
    if (!Array.isArray(codecs) || !codecs.includes('video/h264'))
      throw new AppError('BrowserLacksH264', `this Chromium decodes ${String(codecs)}, but not H264`);
  } finally {
    await devtools.send('Target.closeTarget', { targetId });
  }
}
