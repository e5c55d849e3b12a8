// Hono with its stock bearerAuth, and hono-rate-limiter.
const { serve } = require('@hono/node-server')
const { Hono } = require('hono')
const { bearerAuth } = require('hono/bearer-auth')
const { rateLimiter } = require('hono-rate-limiter')
const { MISTAKE, PORT, ENDPOINTS, keyOf, page, discovery } = require('./service.cjs')

// What the settings are, and what people have in their place.
const COUNT_BY = MISTAKE === 'one-limit-for-all' ? () => '' : context => String(context.get('key').id)

const app = new Hono()
const verifyToken = async (token, context) => {
  context.set('key', keyOf(`Bearer ${token}`))
  return context.get('key') !== undefined
}
const authenticate = bearerAuth({ verifyToken })
const limit = rateLimiter({
  windowMs: 60_000,
  limit: 60,
  keyGenerator: COUNT_BY
})

// `/api/v1/*` takes in `/api/v1` as well.
if (MISTAKE === 'wildcard-takes-in-discovery') app.use('/api/v1/*', authenticate)
app.get('/api/v1', context => context.json(discovery))
for (const name of ENDPOINTS) {
  app.get(`/api/v1/${name}`, authenticate, limit, context => {
    const number = (parameter, lowest, highest, fallback) => {
      const value = Number(context.req.query(parameter) ?? fallback)
      return Number.isInteger(value) && value >= lowest && value <= highest ? value : undefined
    }
    const paging = {
      limit: number('limit', 1, 200, 50),
      offset: number('offset', 0, Number.MAX_SAFE_INTEGER, 0),
      status: context.req.query('status')
    }
    if (paging.limit === undefined || paging.offset === undefined) return context.text('Bad Request', 400)
    return context.json(page(name, context.get('key').organisation, paging).data)
  })
}
serve({ fetch: app.fetch, port: PORT, hostname: '127.0.0.1' })
