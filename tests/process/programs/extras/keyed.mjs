/** A limit that goes by a header. */
export function setUp(header) {
	const options = JSON.parse(process.env.OPTIONS ?? "{}");
	return { rateLimit: { ...options.rateLimit, key: ({ headers }) => headers[header] } };
}
