// A language model for a local run: it repeats the question, word by word.

import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';

createServer(async (request, response) => {
  let body = '';
  for await (const part of request) body += part;
  const words = `You asked: ${JSON.parse(body).text}`.split(' ');
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const [index, word] of words.entries()) {
    response.write(`data: ${JSON.stringify({ text: index === 0 ? word : ` ${word}` })}\n\n`);
    await setTimeout(50); // as a model takes its time
  }
  response.end('data: [DONE]\n\n');
}).listen(9310, '127.0.0.1', () => console.log('The assistant listens'));
