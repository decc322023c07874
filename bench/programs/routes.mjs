/** The work that every arm does: what the routes of all programs answer. */

/** 157 bytes. */
export const SMALL = {
	id: 4711,
	name: "Analytical Engine",
	maker: { first: "Charles", last: "Babbage" },
	tags: ["brass", "steam", "columns"],
	price: 17_000.5,
	seen: "1871-10-18 ab",
};

/** 20 kB that pack as records do: the same keys, other values. */
export const LARGE = Array.from({ length: 186 }, (_, index) => ({
	id: 1_000 + index,
	name: `engine number ${(index * 7919) % 1009}`,
	serial: ((index * 2_654_435_761) % 4_294_967_296).toString(16).padStart(8, "0"),
	price: ((index * 104_729) % 100_000) / 100,
	seen: new Date(1_700_000_000_000 + index * 86_400_000).toISOString(),
}));

export function addToExpress(app) {
	app.get("/small", (_request, response) => void response.json(SMALL));
	app.get("/large", (_request, response) => void response.json(LARGE));
	app.get("/login", (request, response) => {
		if (request.session) request.session.user = "ada";
		response.json(SMALL);
	});
	app.get("/session", (request, response) => {
		response.setHeader("x-user", request.session?.user ?? "nobody");
		response.json(SMALL);
	});
}

export function addToFastify(app) {
	app.get("/small", () => SMALL);
	app.get("/large", () => LARGE);
	app.get("/login", (request) => {
		if (request.session) request.session.user = "ada";
		return SMALL;
	});
	app.get("/session", (request, reply) => {
		reply.header("x-user", request.session?.user ?? "nobody");
		return SMALL;
	});
}
