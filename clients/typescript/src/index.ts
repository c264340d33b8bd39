// A client of tailor-frontend. The types of requests and answers are made of its OpenAPI description.
import type { components, operations } from "./api.js";

type Schemas = components["schemas"];
type Parameters = NonNullable<operations["searchTailors"]["parameters"]["query"]>;

export type Tailor = Schemas["FoundTailor"];
export type TailorDetails = Schemas["ShownTailor"];
/** Each counts the tailors that pass all filters but its own. */
export type Facets = Schemas["Facets"];
/** The tailors of each cell of a map; together they are all that have a position. */
export type Clusters = Schemas["Clusters"];
export type Pagination = Schemas["Pagination"];
export type ProblemBody = Schemas["Problem"];
export type ProblemCode = ProblemBody["code"];
export type SkillMatch = NonNullable<Parameters["skillMatch"]>;
export type SortBy = NonNullable<Parameters["sortBy"]>;

/** A page of tailors, with the exact number of all. */
export interface Page {
  data: Tailor[];
  pagination: Pagination;
  total: number;
  /** If they were asked for. */
  facets?: Facets;
  clusters?: Clusters;
}

/** What to search for. Each is optional; the server's defaults hold for what is missing. */
export interface Filters {
  /** Kilometres from the place. */
  km?: number;
  /** Any of these skills, or all of them. */
  skills?: readonly string[];
  skillMatch?: SkillMatch;
  minExperience?: number;
  maxExperience?: number;
  minRating?: number;
  sortBy?: SortBy;
  /** Only so many of the nearest, all on one page. */
  nearest?: number;
  page?: number;
  /** `pagination.next` of the page before. */
  after?: string;
  limit?: number;
  includeUnlocated?: boolean;
  /** Also count by skill, rating and experience. */
  facets?: boolean;
  /** Also clusters for a web map of this zoom. */
  zoom?: number;
}

/** West, south, east, north in degrees; west > east crosses the antimeridian. */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** Where: round a position or a named place, or in a box. */
export type Where =
  | { lat: number; lng: number; location?: never; bbox?: never }
  | { location: string; lat?: never; lng?: never; bbox?: never }
  | { bbox: Box; km?: never; location?: never; lat?: never; lng?: never };
export type Search = Where & Filters;

export interface RequestOptions {
  signal?: AbortSignal;
  /** What `pg_current_wal_insert_lsn()` returned after a write: the answer sees that write. */
  readAfter?: string;
}

export interface ClientOptions {
  /** Where the API is, e.g. `https://shop.example/`. In a browser the page's own origin by default. */
  baseUrl?: string | URL;
  /** The attempts after one that the server asks to repeat (Retry-After). */
  retries?: number;
  fetch?: typeof globalThis.fetch;
}

/** An answer that is no success: a problem (RFC 9457), or something else that a proxy answered. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";

  constructor(
    readonly status: number,
    readonly code: ProblemCode | undefined,
    detail: string,
    /** The parameter at fault. */
    readonly parameter: string | undefined,
    /** Seconds after which the server asks to try again. */
    readonly retryAfter: number | undefined,
  ) {
    super(detail);
  }
}

const RENAMED = { km: "maxDistance", skills: "skill" } as const;

function queryOf(search: Search): URLSearchParams {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    const parameter = name in RENAMED ? RENAMED[name as keyof typeof RENAMED] : name;
    if (name === "bbox") query.set(name, String(value));
    else for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) query.append(parameter, String(each));
  }
  return query;
}

async function problemOf(response: Response): Promise<ProblemError> {
  const given = response.headers.get("Retry-After");
  const retryAfter = given !== null && /^\d+$/.test(given) ? Number(given) : undefined;
  const isProblem = response.headers.get("Content-Type")?.startsWith("application/problem+json") ?? false;
  const body = isProblem ? ((await response.json()) as ProblemBody) : undefined;
  return new ProblemError(response.status, body?.code, body?.detail ?? response.statusText, body?.parameter, retryAfter);
}

/** Ends after the time, or fails when the signal does. */
function pause(seconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, seconds * 1000);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

export class TailorSearch {
  readonly #base: string;
  readonly #retries: number;
  readonly #fetch: typeof globalThis.fetch;

  constructor({ baseUrl = globalThis.location?.href, retries = 1, fetch = globalThis.fetch }: ClientOptions = {}) {
    if (!baseUrl) throw new TypeError("baseUrl is needed outside of a browser");
    this.#base = new URL("api/tailors", baseUrl).href;
    this.#retries = retries;
    this.#fetch = fetch.bind(globalThis);
  }

  /** A page of the tailors near a place. */
  async near(search: Search, options: RequestOptions = {}): Promise<Page> {
    const { data, pagination, facets, clusters } = (await this.#get(`?${queryOf(search)}`, options)) as Schemas["Page"];
    return { data, pagination, total: pagination.total, ...(facets && { facets }), ...(clusters && { clusters }) };
  }

  /** One tailor with all sample works. */
  async get(id: string, options: RequestOptions = {}): Promise<TailorDetails> {
    return ((await this.#get(`/${encodeURIComponent(id)}`, options)) as Schemas["One"]).data;
  }

  /** Page after page by their cursors, which never repeat or skip a tailor that did not change. */
  async *pages(search: Search, options: RequestOptions = {}): AsyncGenerator<Page, void, undefined> {
    const { page: first, ...others } = search;
    let page = await this.near(search, options);
    if (page.data.length > 0) yield page;
    while (page.pagination.next !== undefined) {
      page = await this.near({ ...others, after: page.pagination.next } as Search, options);
      yield page;
    }
  }

  /** Tailor after tailor, of all pages. */
  async *all(search: Search, options: RequestOptions = {}): AsyncGenerator<Tailor, void, undefined> {
    for await (const page of this.pages(search, options)) yield* page.data;
  }

  async #get(rest: string, { signal, readAfter }: RequestOptions): Promise<unknown> {
    const headers = { Accept: "application/json", ...(readAfter && { "Read-After": readAfter, "Cache-Control": "no-cache" }) };
    for (let left = this.#retries; ; left--) {
      const response = await this.#fetch(this.#base + rest, { headers, ...(signal && { signal }) });
      if (response.ok) return response.json();
      const problem = await problemOf(response);
      if (left <= 0 || problem.retryAfter === undefined) throw problem;
      await pause(problem.retryAfter, signal);
    }
  }
}
