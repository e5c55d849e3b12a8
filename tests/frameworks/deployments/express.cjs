// Express with express-rate-limit.
const express = require('express')
const { rateLimit } = require('express-rate-limit')
const { MISTAKE, PORT, ENDPOINTS, keyOf, page, discovery } = require('./service.cjs')

// What the settings are, and what people have in their place.
const WINDOW = { 'window-of-ten-seconds': 10_000 }[MISTAKE] ?? 60_000
const LIMIT = { 'limit-of-50': 50 }[MISTAKE] ?? 60
const options = {
  windowMs: WINDOW,
  limit: LIMIT,
  ...(MISTAKE !== 'limit-by-address' && { keyGenerator: request => String(request.key.id) }),
  ...(MISTAKE === 'successes-skipped' && { skipSuccessfulRequests: true }),
  ...(MISTAKE === 'warns-with-200' && { handler: (request, response) => response.json({ message: 'Too many requests' }) })
}
const newLimiter = () => rateLimit(options)

const app = express()
app.get('/api/v1', (request, response) => response.json(discovery))

const lists = express.Router()
lists.use((request, response, next) => {
  const scheme = MISTAKE === 'raw-key-under-basic' ? /^(?:Bearer|Basic) +(\S+)$/i : undefined
  request.key = keyOf(request.get('Authorization'), scheme)
  if (request.key) return next()
  response.set('WWW-Authenticate', 'Bearer').status(401).json({ error: 'Unauthorized' })
})
if (MISTAKE !== 'limiter-of-each-router') lists.use(newLimiter())

function readPaging (query) {
  let { limit = 50, offset = 0, status } = query
  if (MISTAKE === 'paging-as-text') return { limit, offset, status } // offset + limit joins them
  if (MISTAKE === 'limit-beside-offset-alone' && query.offset === undefined) limit = 50
  const number = (text, lowest, fallback) => {
    const value = Number.parseInt(text, 10)
    return value >= lowest ? value : fallback
  }
  return { limit: Math.min(number(limit, 1, 50), 200), offset: number(offset, 0, 0), status }
}

for (const name of ENDPOINTS) {
  const handlers = MISTAKE === 'limiter-of-each-router' ? [newLimiter()] : []
  lists.get(`/${name}`, ...handlers, (request, response) => {
    response.json(page(name, request.key.organisation, readPaging(request.query)))
  })
}
app.use('/api/v1', lists)
app.listen(PORT, '127.0.0.1')
