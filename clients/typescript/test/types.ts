// Compiled by tsc --strict: each @ts-expect-error is an error that the types must find.
import { TailorSearch, type ProblemCode } from "tailor-search";

const tailors = new TailorSearch({ baseUrl: "http://127.0.0.1/" });

export async function right(): Promise<string> {
  const { data, total } = await tailors.near({ lat: 1, lng: 2, skills: ["HEMMING"], sortBy: "rating" });
  const first = data[0];
  const name: string | null | undefined = first?.user?.name;
  const code: ProblemCode = "queue_full";
  return `${name} ${total.toFixed()} ${first?.distance?.toFixed(1)} ${code} ${(await tailors.get("x")).sampleWorks?.length}`;
}

export async function wrong(): Promise<void> {
  // @ts-expect-error: no such filter
  await tailors.near({ lat: 1, lng: 2, radius: 5 });
  // @ts-expect-error: a latitude needs a longitude
  await tailors.near({ lat: 1 });
  // @ts-expect-error: one place only
  await tailors.near({ lat: 1, lng: 2, location: "MG_ROAD" });
  // @ts-expect-error: a box has four edges
  await tailors.near({ bbox: [1, 2, 3] });
  // @ts-expect-error: a box has no radius
  await tailors.near({ bbox: [1, 2, 3, 4], km: 5 });
  // @ts-expect-error: no such order
  await tailors.near({ location: "MG_ROAD", sortBy: "price" });
  const page = await tailors.near({ location: "MG_ROAD" });
  // @ts-expect-error: no such field
  page.data[0]?.nickname;
  // @ts-expect-error: no such code
  const code: ProblemCode = "tired";
  void code;
}
