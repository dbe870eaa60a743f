// Run on a machine of its own: answers 204 to everything; prints its port once it listens.
import { createServer } from 'node:http';

const server = createServer((request, response) => {
  request.resume().on('end', () => response.writeHead(204).end());
});
server.listen(Number(process.argv[2]), process.argv[3], () => process.stdout.write('listening\n'));
