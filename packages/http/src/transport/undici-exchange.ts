// One request through an undici dispatcher, from its dispatch to the end of the response: undici's handler on one side, our contract on the other.
import { ProxyError, type Clock } from '@sluice/core';
import { l4Errors } from '@sluice/l4';
import type { Duplex, Readable } from 'node:stream';
import type { Dispatcher } from 'undici';
import { bodyStream } from '../body/body-stream.ts';
import { emptyBody } from '../body/body.ts';
import { httpError } from '../errors.ts';
import { createHeaderList } from '../headers/header-list.ts';
import { abortError } from '../wire/connection-errors.ts';
import { isConnectionField } from '../wire/connection-fields.ts';
import type { ClientExchange } from '../wire/client-exchange.ts';
import { PhaseTimer } from '../wire/phase-timer.ts';
import { ResponseWatch } from '../wire/response-watch.ts';
import { allowedTrailers } from '../wire/trailer-fields.ts';
import { classifyUndiciError } from './classify-error.ts';
import { UndiciBody, type UndiciBodyOwner } from './undici-body.ts';
import { readUndiciFields, type UndiciFields } from './undici-fields.ts';
