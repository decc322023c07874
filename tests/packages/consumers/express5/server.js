import { cspNonce, requestId } from "@production-ready/core/context";
import { onShutdown } from "@production-ready/core/lifecycle";
import { productionReady } from "@production-ready/express";
import express from "express";

const app = express();
app.use(productionReady());
app.get("/", (req, res) => {
	req.log.info("a line of the program");
	res.json({ id: req.id, fromContext: requestId(), nonce: cspNonce() });
});
app.get("/fault", async () => {
	throw new Error("a detail that clients must not see");
});
onShutdown("pool", () => console.log("the pool is closed"));
const server = app.listen(0, () => console.log(`port ${server.address().port}`));
