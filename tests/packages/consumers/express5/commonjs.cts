import express = require("express");
import lifecycle = require("@production-ready/core/lifecycle");
import productionReady = require("@production-ready/express");

const app: express.Express = express();
app.use(productionReady.productionReady({ rateLimit: { key: (req) => req.ip ?? "" } }));
app.get("/", (req, res) => {
	req.log.info("a line");
	res.json({ id: req.id, session: req.session.id });
});
app.use(productionReady.errorHandler());
lifecycle.onShutdown("pool", () => {});
// @ts-expect-error a room that does not exist
productionReady.productionReady({ ratelimit: {} });
