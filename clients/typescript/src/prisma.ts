// An extension of Prisma's client: `prisma.tailor.$near({…})` searches in the application's own database.
import type { Filters, Page, Where } from "./index.js";

/** What to search for: as over HTTP, but for named places. */
export type NearSearch = Exclude<Where, { location: string }> & Filters;

export interface PrismaOptions {
  /** The schema of the extension in the database. */
  schema?: string;
}

/** What the extension needs of Prisma's client. */
interface RawClient {
  $queryRawUnsafe(query: string, ...values: unknown[]): Promise<unknown>;
}

const ARGUMENTS: Record<string, string> = {
  lat: "lat",
  lng: "lng",
  km: "max_distance_km",
  skills: "skills",
  skillMatch: "skill_match",
  minExperience: "min_experience",
  maxExperience: "max_experience",
  minRating: "min_rating",
  sortBy: "sort_by",
  nearest: "nearest",
  page: "page",
  after: "after",
  limit: "page_size",
  includeUnlocated: "include_unlocated",
  facets: "facets",
  zoom: "zoom",
};
const EDGES = ["west", "south", "east", "north"];

function argumentsOf({ bbox, ...others }: NearSearch): [name: string, value: unknown][] {
  const given = Object.entries(others).filter(([, value]) => value !== undefined);
  const edges = EDGES.map((edge, i): [string, unknown] => [edge, bbox?.[i]]);
  const named = given.map(([name, value]): [string, unknown] => {
    const argument = Object.hasOwn(ARGUMENTS, name) ? ARGUMENTS[name] : undefined;
    if (argument === undefined) throw new TypeError(`$near has no option "${name}"`);
    return [argument, value];
  });
  return bbox ? [...edges, ...named] : named;
}

async function near(client: RawClient, schema: string, search: NearSearch): Promise<Page> {
  const given = argumentsOf(search);
  const list = given.map(([name], i) => `${name} => $${i + 1}`).join(", ");
  const query = `SELECT "${schema.replaceAll('"', '""')}".tailor_search_json(${list}) AS page`;
  const [row] = (await client.$queryRawUnsafe(query, ...given.map(([, value]) => value))) as [{ page: Omit<Page, "total"> }];
  return { ...row.page, total: row.page.pagination.total };
}

/** For `prisma.$extends(tailorSearch())`. In a transaction `$near` searches within it. */
export function tailorSearch({ schema = "tailor_search" }: PrismaOptions = {}) {
  return {
    name: "tailor-search",
    model: {
      tailor: {
        /** A page of the tailors near a place, with the exact number of all. */
        $near(search: NearSearch): Promise<Page> {
          return near((this as unknown as { $parent: RawClient }).$parent, schema, search);
        },
      },
    },
  };
}
