// Run on a machine of its own: uploads a file to the COS at a host's port 8080, again and again until it is stored; prints
// what each attempt that failed said, as JSON.
import { errorMessage, silentLogger } from '@trtc-recorder/runtime';
import { createObjectStore, createTrtcServerApi, staticCredentials } from '@trtc-recorder/tencent';

const [host = '', file = '', silenceMs = ''] = process.argv.slice(2);
const credentials = staticCredentials({ secretId: 'AKIDowner', secretKey: 'owner-key' });
const store = createObjectStore({
  endpoint: { ip: `${host}:8080`, protocol: 'http:' },
  partSize: 1024 * 1024,
  concurrency: 3,
  requestTimeoutMs: Number(silenceMs),
  logger: silentLogger(),
});
const request = { bucket: 'rec-1250000000', region: 'ap-guangzhou', credentials, file, key: 'a.mp4' };
const failures: string[] = [];
process.stdout.write(' ');
for (let stored = false; !stored && failures.length < 20;) {
  const upload = store.upload({ ...request, contentType: 'video/mp4' });
  stored = await upload.then(
    () => true,
    (error: unknown) => {
      failures.push(errorMessage(error));
      return false;
    },
  );
}
const api = createTrtcServerApi({ credentials, region: 'ap-guangzhou', endpoint: `${host}:8080`, protocol: 'http://' });
const called = await api.dismissRoom(1, { type: 'int', id: 1 }).catch((error: unknown) => errorMessage(error));
process.stdout.write(JSON.stringify({ failures, called }));
process.exit();
