/** A recording process that does nothing but keep a browser; bundled by child.ts and killed by the test. */
import { silentLogger } from '@trtc-recorder/runtime';
import { launchRoomBrowser } from '../../src/index.ts';

await launchRoomBrowser({ logger: silentLogger() });
process.stdout.write('ready');
setInterval(() => undefined, 1000);
