// Jest can't `require` a module that is ESM only; Node can, and Fastify's packages need this one.
const { createRequire } = process.getBuiltinModule('node:module');
module.exports = createRequire(__filename)('content-disposition');
