// Fastify with @fastify/rate-limit, and parameters checked by its JSON Schema.
const fastify = require('fastify')
const { MISTAKE, PORT, ENDPOINTS, keyOf, page, discovery } = require('./service.cjs')

// What the settings are, and what people have in their place.
const options = {
  max: 60,
  timeWindow: { 'window-of-a-second': '1 second', 'window-of-twenty-seconds': '20 seconds' }[MISTAKE] ?? '1 minute',
  hook: 'preHandler', // when the key is known
  keyGenerator: request => String(request.key.id),
  ...(MISTAKE === 'ban' && { ban: 3 }),
  ...(MISTAKE === 'error-without-status' && { errorResponseBuilder: () => ({ message: 'Slow down' }) })
}
const MAXIMUM = MISTAKE === 'schema-maximum-of-100' ? 100 : 200

const querystring = {
  type: 'object',
  properties: {
    limit: { type: 'integer', minimum: 1, maximum: MAXIMUM, default: 50 },
    offset: { type: 'integer', minimum: 0, default: 0 },
    status: { type: 'string' }
  }
}

async function main () {
  const app = fastify()
  app.get('/api/v1', async () => discovery)
  await app.register(async lists => {
    lists.addHook('onRequest', async (request, reply) => {
      request.key = keyOf(request.headers.authorization)
      if (MISTAKE === 'api-key-header-too') request.key ??= keyOf(`Bearer ${request.headers['x-api-key']}`)
      if (!request.key) {
        return reply.code(401).header('WWW-Authenticate', 'Bearer').send({ error: 'Unauthorized' })
      }
    })
    await lists.register(require('@fastify/rate-limit'), options)
    for (const name of ENDPOINTS) {
      lists.get(`/api/v1/${name}`, { schema: { querystring } }, async request => {
        return page(name, request.key.organisation, request.query)
      })
    }
  })
  await app.listen({ port: PORT, host: '127.0.0.1' })
}
main()
