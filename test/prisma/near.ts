// Compiled by tsc --strict: each @ts-expect-error is an error that the types must find.
import { tailorSearch } from "tailor-search/prisma";

import { PrismaClient } from "../generated/index.js";

declare const client: PrismaClient;
const prisma = client.$extends(tailorSearch({ schema: "tailor_search" }));

export async function right(): Promise<string> {
  const { data, total } = await prisma.tailor.$near({ lat: 1, lng: 2, skills: ["HEMMING"], sortBy: "rating" });
  const name: string | null | undefined = data[0]?.user?.name;
  return `${name} ${total.toFixed()} ${(await prisma.tailor.findMany()).length}`;
}

export async function wrong(): Promise<void> {
  // @ts-expect-error: no such filter
  await prisma.tailor.$near({ lat: 1, lng: 2, radius: 5 });
  // @ts-expect-error: named places are the front end's
  await prisma.tailor.$near({ location: "MG_ROAD" });
  // @ts-expect-error: no such order
  await prisma.tailor.$near({ lat: 1, lng: 2, sortBy: "price" });
  // @ts-expect-error: no such field
  (await prisma.tailor.$near({ lat: 1, lng: 2 })).data[0]?.nickname;
  // @ts-expect-error: other models have no such method
  await prisma.user.$near({ lat: 1, lng: 2 });
}
