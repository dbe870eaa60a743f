import { expect, test } from '@jest/globals';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { silentLogger } from '@trtc-recorder/runtime';
import { launchChromium } from '../src/chromium.ts';
import { withoutDescriptors } from '../../media/test/helpers/descriptors.ts';

const launch = (file: string) => launchChromium({ path: file, extraArgs: [], logger: silentLogger() });

test('a browser that the system does not let us start is unavailable, whatever refused it', async () => {
  const dir = await mkdtemp(path.join(tmpdir(), 'launch-'));
  try {
    const file = path.join(dir, 'chromium');
    await writeFile(file, 'no program');
    await chmod(file, 0o755);
    await expect(launch(file)).rejects.toMatchObject({ code: 'BrowserUnavailable', retryable: true });
    await writeFile(file, '#!/bin/sh\necho no display >&2; exit 1\n');
    await expect(launch(file)).rejects.toMatchObject({
      code: 'BrowserUnavailable',
      message: `Chromium did not start: no display: check CHROMIUM_PATH=${file} and CHROMIUM_ARGS`,
    });
    await expect(withoutDescriptors(() => launch(file))).rejects.toMatchObject({
      code: 'BrowserUnavailable',
      message: expect.stringContaining('EMFILE'),
    });
    await expect(launch(path.join(dir, 'missing'))).rejects.toMatchObject({
      code: 'BrowserUnavailable',
      retryable: true,
    });
  } finally {
    await rm(dir, { recursive: true });
  }
}, 60_000);
