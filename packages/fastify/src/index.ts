// The public API of @sluice/fastify.
export { sluice } from './plugin.ts';
export type { PluginOptions, Prepare, ReplyProxyOptions } from './plugin-options.ts';
