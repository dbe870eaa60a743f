// Run on a machine of its own (a network namespace): the sandbox's COS on port 8080 of all addresses.
import { silentLogger } from '@trtc-recorder/runtime';
import { startCos } from '@trtc-recorder/sandbox';

const [dataDir = ''] = process.argv.slice(2);
await startCos({
  host: '::',
  port: 8080,
  dataDir,
  credentials: () => ({ secretId: 'AKIDowner', secretKey: 'owner-key' }),
  buckets: [{ name: 'rec-1250000000', region: 'ap-guangzhou' }],
  logger: silentLogger(),
});
process.stdout.write('listening\n');
