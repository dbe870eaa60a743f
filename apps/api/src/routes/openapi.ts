import type { FastifyInstance } from 'fastify';
import { openApiDocument } from '../openapi/document.ts';

/** The description that clients are generated from. Without a token: it holds nothing of this deployment. */
export function openApiRoute(app: FastifyInstance): void {
  const document = openApiDocument();
  app.get('/openapi.json', () => document);
}
