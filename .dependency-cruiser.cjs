/** The direction of imports, checked on every `npm run check`. docs/architecture.md gives the reasons. */
const only = (name, module, allowed) => ({
  name,
  severity: 'error',
  comment: `${module} belongs to ${allowed}`,
  from: { pathNot: `^(${allowed})/` },
  to: { path: `node_modules/(${module})(/|$)` },
});
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'packages-never-import-apps',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^apps/' },
    },
    {
      name: 'apps-never-import-each-other',
      severity: 'error',
      from: { path: '^apps/([^/]+)/' },
      to: { path: '^apps/', pathNot: '^apps/$1/' },
    },
    {
      name: 'no-deep-imports',
      severity: 'error',
      comment: 'Other packages are used through their index only',
      from: { path: '^(packages|apps)/([^/]+)/(src|page)/' },
      to: {
        path: '^packages/([^/]+)/',
        pathNot: ['^packages/$2/', '^packages/[^/]+/(src|dist)/((bench|drill)/)?index\\.(ts|js|d\\.ts)$'],
      },
    },
    {
      name: 'contracts-import-only-zod',
      severity: 'error',
      from: { path: '^packages/contracts/src/' },
      to: { pathNot: ['^packages/contracts/', 'node_modules/zod/'] },
    },
    {
      name: 'packages-that-serve-all',
      severity: 'error',
      comment: 'runtime, metrics, media, room, tencent and queue build on contracts and runtime only',
      from: { path: '^packages/(runtime|metrics|media|room|tencent|queue|sandbox)/src/' },
      to: {
        path: '^packages/(?!contracts/|runtime/)([^/]+)/',
        pathNot: '^packages/(runtime|metrics|media|room|tencent|queue|sandbox)/',
      },
    },
    {
      name: 'judge-shares-nothing',
      severity: 'error',
      comment: 'Code that judge and product shared would hide its own faults; the clip of truth is the sandbox’s',
      from: { path: '^packages/stack/src/judge/' },
      to: { path: '^packages/', pathNot: '^packages/(stack/src/judge|sandbox)/' },
    },
    only('bullmq-only-in-queue', 'bullmq|ioredis', 'packages/queue|test|node_modules'),
    only('playwright-only-in-room', 'playwright-core', 'packages/(room|sandbox)|packages/media/test|test|node_modules'),
    only(
      'tencent-sdks-only-in-tencent',
      'cos-nodejs-sdk-v5|tencentcloud-sdk-nodejs',
      'packages/tencent|test|node_modules',
    ),
    only('prom-client-only-in-metrics', 'prom-client', 'packages/metrics|node_modules'),
    only('ffmpeg-only-in-media', 'fluent-ffmpeg', 'packages/media|node_modules'),
    { name: 'not-to-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|dist-page|\\.tsc-test)/' },
    tsPreCompilationDeps: true,
    combinedDependencies: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['source', 'import', 'node', 'default', 'types'],
    },
  },
};
