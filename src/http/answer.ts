import type { FastifyReply, FastifyRequest } from 'fastify'
import { createHash } from 'node:crypto'
import { pageAsked, pageOf } from './cursor.ts'
import type { PageAsked } from './cursor.ts'
import type { ServiceFacts } from './facts.ts'
import { FORMATS, MEDIA_TYPES, formatOf } from './format.ts'
import type { Format } from './format.ts'
import { Parameters } from './parameters.ts'
import { tableOf, toCsv, toMarkdown } from './table.ts'
import type { Column, Table } from './table.ts'

/**
 * How every resource answers: in the form that was asked for, with a tag of the state it was made from. Who has that state
 * already gets 304, and nothing is computed.
 */
export class Asked {
  readonly parameters: Parameters
  readonly format: Format
  private readonly request: FastifyRequest
  private readonly reply: FastifyReply
  private readonly facts: ServiceFacts

  constructor(facts: ServiceFacts, request: FastifyRequest, reply: FastifyReply, known: readonly string[] = []) {
    this.facts = facts
    this.request = request
    this.reply = reply
    this.parameters = new Parameters(request.query, [...known, 'format'])
    this.format = formatOf(this.parameters, request.headers.accept)
  }

  /** Throws what is wrong with the parameters. True: the client has this answer, and the reply is sent. */
  isKnown(): boolean {
    this.parameters.done()
    const tag = `"${tagOf(this.facts.epoch(), this.format, this.request.url)}"`
    this.reply.headers({ etag: tag, vary: 'Accept', 'cache-control': 'no-cache' })
    if (!matches(this.request.headers['if-none-match'], tag)) return false
    void this.reply.code(304).send()
    return true
  }

  /** @param table made only where it is asked for */
  send(body: object, table: () => Table): FastifyReply {
    if (this.format === 'json') return this.reply.send(body)
    const text = this.format === 'csv' ? toCsv(table()) : toMarkdown(table())
    return this.reply
      .type(`${MEDIA_TYPES[this.format]}; charset=utf-8${this.format === 'csv' ? '; header=present' : ''}`)
      .serializer((written: string) => written)
      .send(text)
  }

  /** @param next cursor of the page behind this one */
  linkTo(next: string | null): void {
    if (next === null) return
    const url = new URL(this.request.url, 'http://host')
    url.searchParams.set('cursor', next)
    void this.reply.header('link', `<${url.pathname}${url.search}>; rel="next"`)
  }
}

/** The same for a list, which comes in pages. */
export class AskedList extends Asked {
  private readonly page: PageAsked

  constructor(facts: ServiceFacts, request: FastifyRequest, reply: FastifyReply, known: readonly string[] = []) {
    super(facts, request, reply, [...known, 'limit', 'cursor'])
    this.page = pageAsked(this.parameters)
  }

  sendList<Item>(list: Listed<Item>): FastifyReply {
    const { page, next } = pageOf(list.items, list.idOf, this.page)
    this.linkTo(next)
    return this.send({ ...list.body(page), next }, () => tableOf(list.title, list.columns, page))
  }
}

export interface Listed<Item> {
  title: string
  items: readonly Item[]
  /** Of an item among the others: where the next page begins must be found again when items come or go. */
  idOf: (item: Item) => string
  body: (page: readonly Item[]) => object
  columns: readonly Column<Item>[]
}

export { FORMATS }

/** The same state has the same tag at every instance; another form, or another question, has another. */
function tagOf(epoch: string, format: Format, url: string): string {
  return createHash('sha256')
    .update(JSON.stringify([epoch, format, url]))
    .digest('base64url')
    .slice(0, 22)
}

/** Weak comparison (RFC 9110, 13.1.2). */
function matches(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  return header.trim() === '*' || header.split(',').some((each) => each.trim().replace(/^W\//, '') === tag)
}
