// Koa with koa-ratelimit in memory.
const Koa = require('koa')
const rateLimit = require('koa-ratelimit')
const { MISTAKE, PORT, ENDPOINTS, keyOf, page, discovery } = require('./service.cjs')

// What the settings are, and what people have in their place.
const DURATION = { 'duration-in-seconds': 60 }[MISTAKE] ?? 60_000

const app = new Koa()
app.use(async (context, next) => {
  if (context.path === '/api/v1') {
    context.body = discovery
    return
  }
  context.state.key = keyOf(context.get('Authorization'))
  if (!context.state.key) {
    context.set('WWW-Authenticate', 'Bearer')
    context.status = 401
    return
  }
  await next()
})
app.use(rateLimit({
  driver: 'memory',
  db: new Map(),
  duration: DURATION,
  max: 60,
  id: context => MISTAKE === 'count-by-path' ? `${context.state.key.id} ${context.path}` : String(context.state.key.id)
}))
app.use(async context => {
  const name = context.path.replace('/api/v1/', '')
  if (!ENDPOINTS.includes(name)) return
  const { limit = '50', offset = '0', status } = context.query
  if (![limit, offset].every(text => /^\d{1,15}$/.test(text)) || limit < 1 || limit > 200) context.throw(400)
  context.body = page(name, context.state.key.organisation, { limit: Number(limit), offset: Number(offset), status })
})
app.listen(PORT, '127.0.0.1')
