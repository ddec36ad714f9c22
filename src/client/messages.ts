// What ky needs of fetch's classes, and no more: Node's own load all of undici, which takes longer than Node's start.

type Fields = Iterable<[string, string]> | Record<string, string>

/** Header fields by lower-case name. */
export class Headers extends Map<string, string> {
  constructor(fields: Fields = []) {
    super()
    for (const [name, value] of Symbol.iterator in fields ? fields : Object.entries(fields)) this.set(name, value)
  }

  override get(name: string): string | undefined {
    return super.get(name.toLowerCase())
  }

  override has(name: string): boolean {
    return super.has(name.toLowerCase())
  }

  override set(name: string, value: string): this {
    return super.set(name.toLowerCase(), value)
  }

  override delete(name: string): boolean {
    return super.delete(name.toLowerCase())
  }

  /** Adds a value to what the field has, as HTTP joins them. */
  append(name: string, value: string): void {
    const before = this.get(name)
    this.set(name, before === undefined ? value : `${before}, ${value}`)
  }
}

interface RequestFacts {
  method?: string
  headers?: Fields
  body?: string | null
  signal?: AbortSignal | null
}

/** A request whose body is a whole text: there is no stream to cancel, so `body` is null. */
export class Request {
  readonly url: string
  readonly method: string
  readonly headers: Headers
  readonly text: string | null
  readonly signal: AbortSignal | null
  readonly body = null

  constructor(from: string | URL | Request, facts: RequestFacts = {}) {
    const before = from instanceof Request ? from : null
    this.url = before?.url ?? String(from)
    this.method = facts.method ?? before?.method ?? 'GET'
    this.headers = new Headers(facts.headers ?? before?.headers)
    this.text = facts.body ?? before?.text ?? null
    this.signal = facts.signal ?? before?.signal ?? null
  }

  clone(): Request {
    return new Request(this)
  }
}

/** An answer that was read to its end. */
export class Response {
  readonly body = null

  constructor(
    readonly status: number,
    readonly headers: Headers,
    private readonly content: string,
  ) {}

  get ok(): boolean {
    return this.status >= 200 && this.status < 300
  }

  async text(): Promise<string> {
    return this.content
  }
}

/** `fetch`, as far as it is used here. */
export type Fetch = (to: string | URL | Request, facts?: RequestFacts) => Promise<Response>
