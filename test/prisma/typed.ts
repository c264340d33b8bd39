// Compiled by tsc --strict: each @ts-expect-error is an error that the types must find.
import { PrismaClient } from "../generated/index.js";
import { tailorsNear } from "../generated/sql/index.js";

declare const prisma: PrismaClient;

export async function right(): Promise<string> {
  const [row] = await prisma.$queryRawTyped(tailorsNear(1, 2, 5, null));
  const total: bigint | null | undefined = row?.total;
  const since: Date | null | undefined = row?.createdAt;
  const skills: string[] | null | undefined = row?.skills;
  return `${total} ${since?.toISOString()} ${skills?.join()}`;
}

export async function wrong(): Promise<void> {
  // @ts-expect-error: the latitude is a number
  tailorsNear("1", 2, 5, null);
  // @ts-expect-error: the radius may not be null
  tailorsNear(1, 2, null, null);
  // @ts-expect-error: no such column
  (await prisma.$queryRawTyped(tailorsNear(1, 2, 5, null)))[0]?.nickname;
}
