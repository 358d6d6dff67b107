// Answers HTTP requests with StarlingMonkey's own `fetch` event: greets whom the path names, and sends back what is posted.

const headers = { 'x-greeter': 'javascript' };

addEventListener('fetch', (event) => {
  const { method, url, body } = event.request;
  if (method === 'POST') return event.respondWith(new Response(body, { headers }));
  const name = new URL(url).pathname.slice(1) || 'world';
  event.respondWith(new Response(`Hello, ${name}!\n`, { headers }));
});
