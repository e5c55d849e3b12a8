// What the deployments on Node share: the records, who asks, and a page of a list.
const { readFileSync } = require('node:fs')
const { join } = require('node:path')

const MISTAKE = process.env.MISTAKE ?? ''
const PORT = Number(process.env.PORT)
const DATA = JSON.parse(readFileSync(join(process.env.DATA_FOLDER, 'data.json'), 'utf8'))
const ENDPOINTS = ['members', 'quotes', 'invoices']

/** The key of an Authorization header, or undefined. */
function keyOf (header, scheme = /^Bearer +(\S+)$/i) {
  const presented = scheme.exec(header ?? '')?.[1]
  return DATA.keys.find(key => key.key === presented && !key.revoked)
}

/** A page of a list: `query` has limit and offset as numbers, and may have a status. */
function page (name, organisation, query) {
  const records = DATA[name].filter(record =>
    record.organisation === organisation && (!query.status || record.status === query.status))
  return {
    data: records.slice(query.offset, query.offset + query.limit).map(({ organisation: _, ...shown }) => shown),
    total: records.length
  }
}

const discovery = { endpoints: ENDPOINTS.map(name => `/api/v1/${name}`) }

module.exports = { MISTAKE, PORT, DATA, ENDPOINTS, keyOf, page, discovery }
