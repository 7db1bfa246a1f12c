// The public API of @sluice/l4.
export { createAddressList, readAddressList, type AddressList } from './address-list.ts';
export { classifyConnectError } from './classify-connect-error.ts';
export { alpnRoutes } from './client-hello/alpn-routes.ts';
export { ClientHelloError, type ClientHelloFault } from './client-hello/client-hello-error.ts';
export type { ClientHello } from './client-hello/client-hello.ts';
export type { ClientHelloOptions, FirstBytesNeeds, SniffOptions } from './client-hello/first-bytes-options.ts';
export { inspectFirstBytes, type InspectFirstBytesOptions } from './client-hello/first-bytes.ts';
export { parseClientHello, type ClientHelloLimits } from './client-hello/parse-client-hello.ts';
export { protocolRoutes, type ProtocolRoutes } from './client-hello/protocol-routes.ts';
export type { FirstBytesRoute, RouteAnswer, RouteDefault, RouteTarget } from './client-hello/route-target.ts';
export { sniRoutes } from './client-hello/sni-routes.ts';
export { sniffProtocol, type SniffedProtocol } from './client-hello/sniff-protocol.ts';
export { createClientCounts, type ClientCounts } from './client-counts.ts';
export { cutStream } from './cut-stream.ts';
export { dial, type DialOptions } from './dial.ts';
export { passDialRules, type DialRules } from './dial-guard.ts';
export type { DialerOptions } from './dialer-options.ts';
export { createDialer, type Dialer, type DialRequest, type OnRead } from './dialer.ts';
export { dnsEndpoints, type DnsEndpointsOptions } from './discovery/dns-endpoints.ts';
export type { DnsFamily, DnsOptions, DnsResolver } from './discovery/dns-options.ts';
export { fileEndpoints, type FileEndpointsOptions } from './discovery/file-endpoints.ts';
export { srvEndpoints, type SrvEndpointsOptions } from './discovery/srv-endpoints.ts';
export { l4Errors, type L4ErrorCode } from './errors.ts';
export { hasLeft } from './has-left.ts';
export { normalizeHostName } from './host-name.ts';
export { peek, type Inspection, type Peeked, type PeekOptions } from './peek.ts';
export { agentProbe, type AgentProbeOptions } from './probes/agent-probe.ts';
export { readProbeAddress, type ProbeAddress, type ProbeAddressOptions } from './probes/probe-address.ts';
export { tcpProbe, type TcpProbeOptions } from './probes/tcp-probe.ts';
export type { AcceptProxyProtocolOptions } from './proxy-protocol/accept-options.ts';
export { acceptProxyProtocol } from './proxy-protocol/accept-proxy-protocol.ts';
export { formatProxyHeader, type ProxyHeaderFormat } from './proxy-protocol/format-proxy-header.ts';
export { parseProxyHeader, type ProxyHeaderLimits } from './proxy-protocol/parse-proxy-header.ts';
export { ProxyHeaderError, type ProxyHeaderFault } from './proxy-protocol/proxy-header-error.ts';
export {
  isCertificateVerified,
  type ParsedProxyHeader,
  type ProxyAddress,
  type ProxyHeader,
  type ProxyTls,
  type ProxyTlv,
  type ProxyTlvs,
  type ProxyTransport,
} from './proxy-protocol/proxy-header.ts';
export type { SpliceResult, SpliceSide } from './splice-pair.ts';
export { splice, type SpliceOptions } from './splice.ts';
export type { SendProxyProtocolOptions } from './proxy-protocol/send-proxy-protocol.ts';
export {
  createClientConnection,
  type ClientConnection,
  type MutableClientConnection,
} from './tcp/client-connection.ts';
export type { EndpointLossOptions, LossPolicy } from './tcp/endpoint-loss.ts';
export type { ListenAddressOptions } from './tcp/listen-address.ts';
export { readPreludes, type Prelude } from './tcp/prelude.ts';
export type { TcpProxyStats } from './tcp/tcp-counters.ts';
export type {
  ConnectFailed,
  ConnectionRefused,
  SessionClosed,
  SessionOpened,
  TcpProxyEvents,
} from './tcp/tcp-events.ts';
export type { TcpLimits } from './tcp/tcp-limits.ts';
export { createTcpProxy, type TcpListening, type TcpProxy } from './tcp/tcp-proxy.ts';
export type { TcpProxyOptions, TcpRoute, TcpTimeouts } from './tcp/tcp-proxy-options.ts';
export type { AlternativeNames } from './tls/alternative-names.ts';
export type { CertificateFor, CertificateLookupOptions } from './tls/certificate-lookup.ts';
export type { ClientCertificateOptions } from './tls/client-certificates.ts';
export type { ClientIdentity } from './tls/client-identity.ts';
export { createTlsContexts, readTlsContexts, type TlsContextsOption } from './tls/create-tls-contexts.ts';
export type { TlsStats } from './tls/handshake-counters.ts';
export { HandshakeError, type HandshakeFault } from './tls/handshake-error.ts';
export type { KeyPairOptions } from './tls/key-pair.ts';
export type { FetchOcspStaple, OcspRequest } from './tls/ocsp-staples.ts';
export type { Pem } from './tls/pem.ts';
export type { MinTlsVersion } from './tls/protocol-options.ts';
export type { CertificateInfo, CertificateOptions } from './tls/server-certificate.ts';
export type { SessionTicketOptions } from './tls/session-tickets.ts';
export type { TlsContextsFallbacks, TlsContextsOptions } from './tls/tls-contexts-options.ts';
export { isTlsContexts, type TlsContexts } from './tls/tls-contexts.ts';
export type { TlsEvents } from './tls/tls-events.ts';
export { describeTlsSession, type TlsSession } from './tls/tls-session.ts';
export type { TlsTarget, TlsTargetOptions, UpstreamTlsOptions } from './tls/upstream-tls.ts';
export type { UdpClient } from './udp/udp-client.ts';
export type { UdpProxyStats, UdpTraffic } from './udp/udp-counters.ts';
export type {
  UdpDatagramDropped,
  UdpEndpointFailed,
  UdpProxyEvents,
  UdpSessionClosed,
  UdpSessionEnd,
  UdpSessionOpened,
} from './udp/udp-events.ts';
export type { UdpLimits } from './udp/udp-limits.ts';
export type { UdpListenOptions } from './udp/udp-listener.ts';
export { createUdpProxy, type UdpListening, type UdpProxy } from './udp/udp-proxy.ts';
export type { UdpHashKey, UdpProxyOptions, UdpRoute, UdpTimeouts } from './udp/udp-proxy-options.ts';
