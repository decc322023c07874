const WORDS =
	"a small large red blue warm light old new round quiet lamp table chair bottle coat bag clock shelf made of wood glass wool steel paper for home work travel rain summer winter with two three handles drawers pockets and without".split(
		" ",
	);

/** Numbers that look random and are the same in each run. */
function scatter(seed: number): number {
	return Math.imul(seed ^ (seed >>> 15), 0x2c1b3c6d) >>> 7;
}

/** About 20 kB of JSON, as a list of articles may be. */
export const CATALOGUE: readonly object[] = Array.from({ length: 200 }, (_, index) => ({
	id: scatter(index + 1).toString(36),
	description: Array.from(
		{ length: 10 },
		(_, place) => WORDS[scatter(index * 31 + place + 7) % WORDS.length],
	).join(" "),
	priceCents: scatter(index + 1_000) % 10_000,
}));

/** A message that was written for whoever runs the service, not for its clients. */
export const INTERNAL_HOST = "db-7.internal";
export const FAILURE: string = `cannot reach ${INTERNAL_HOST}:5432`;

export const PORT: number = Number(process.env.PORT);
export const HOST = "127.0.0.1";
