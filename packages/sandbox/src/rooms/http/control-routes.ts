import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { RoomSchema, type Room } from '@trtc-recorder/contracts';
import type { RoomControl, RoomsControl } from '../../control.ts';
import {
  AnchorsSchema,
  CutSchema,
  DropSchema,
  KeyFrameSchema,
  LeaveSchema,
  ParameterSetsSchema,
  PublishChangeSchema,
  RefusableSchema,
  RefusalSchema,
  RemovalSchema,
  UserSigSchema,
} from '../control-schemas.ts';
import { ImpairmentSchema } from '../impairment.ts';
import type { MemberControl } from '../member-control.ts';
import { DIRECTIONS } from '../network-path.ts';
import { SettingsChangeSchema } from '../settings.ts';
import { parse } from './parse.ts';

const AppSchema = z.looseObject({ sdkAppId: z.coerce.number().int().min(1).optional() });
const RoomParamsSchema = z.looseObject({ type: z.enum(['int', 'string']), id: z.string() });
const UserParamsSchema = z.looseObject({ user: z.string().min(1) });
const DirectionParamsSchema = z.looseObject({ direction: z.enum(DIRECTIONS) });
const RefusalParamsSchema = z.looseObject({ request: RefusableSchema });
const LogQuerySchema = z.looseObject({ count: z.coerce.number().int().min(1).max(5000).default(100) });

const roomName = (params: unknown): Room => {
  const { type, id } = parse(RoomParamsSchema, params);
  return parse(RoomSchema, type === 'int' ? { type, id: Number(id) } : { type, id });
};

const ROOM = '/v1/rooms/:type/:id';
const MEMBER = `${ROOM}/members/:user`;

/** The REST control: the verbs of RoomsControl, one route each. docs/sandbox.md lists them. */
export function controlRoutes(app: FastifyInstance, control: RoomsControl): void {
  const room = ({ params, query }: FastifyRequest): RoomControl =>
    control.room(roomName(params), parse(AppSchema, query).sdkAppId);
  const member = (request: FastifyRequest): MemberControl =>
    room(request).member(parse(UserParamsSchema, request.params).user);
  generalRoutes(app, control);
  roomRoutes(app, room);
  memberRoutes(app, member);
  networkRoutes(app, member);
}

function generalRoutes(app: FastifyInstance, control: RoomsControl): void {
  app.get('/v1/rooms', () => ({ rooms: control.list() }));
  app.get('/v1/usersig', ({ query }) => {
    const { userId, sdkAppId = control.defaultSdkAppId, ...rest } = parse(UserSigSchema, query);
    return { sdkAppId, userId, userSig: control.userSig({ userId, sdkAppId, ...rest }) };
  });
  app.get('/v1/log', ({ query }) => ({ entries: control.log(parse(LogQuerySchema, query).count) }));
  app.get('/v1/settings', () => control.settings());
  app.patch('/v1/settings', ({ body }) => control.settings(parse(SettingsChangeSchema, body)));
  app.put('/v1/refusals/:request', ({ params, body }) => {
    control.refuse(parse(RefusalParamsSchema, params).request, parse(RefusalSchema, body));
    return {};
  });
  app.post('/v1/refusals/:request', ({ params, body }) => {
    control.addRefusal(parse(RefusalParamsSchema, params).request, parse(RefusalSchema, body));
    return {};
  });
  app.get('/v1/refusals', () => control.refusals());
  app.delete('/v1/refusals/:request', ({ params }) => {
    control.refuse(parse(RefusalParamsSchema, params).request, undefined);
    return {};
  });
}

function roomRoutes(app: FastifyInstance, room: (request: FastifyRequest) => RoomControl): void {
  app.get(ROOM, (request) => room(request).view());
  app.delete(ROOM, (request) => ({ members: room(request).dismiss() }));
  app.post(`${ROOM}/anchors`, async (request) => ({
    userIds: await room(request).addAnchors(parse(AnchorsSchema, request.body)),
  }));
}

function memberRoutes(app: FastifyInstance, member: (request: FastifyRequest) => MemberControl): void {
  app.get(MEMBER, (request) => member(request).view());
  app.get(`${MEMBER}/deliveries`, (request) => ({ deliveries: member(request).deliveries() }));
  app.patch(MEMBER, async (request) => {
    const its = member(request);
    await its.publish(parse(PublishChangeSchema, request.body));
    return its.view();
  });
  app.delete(MEMBER, (request) => {
    member(request).leave(parse(LeaveSchema, request.query).reason);
    return {};
  });
  app.post(`${MEMBER}/removal`, (request) => {
    member(request).remove(parse(RemovalSchema, request.body).reason);
    return {};
  });
  app.post(`${MEMBER}/key-frame`, (request) => {
    member(request).requestKeyFrame(parse(KeyFrameSchema, request.body));
    return {};
  });
}

function networkRoutes(app: FastifyInstance, member: (request: FastifyRequest) => MemberControl): void {
  const direction = ({ params }: FastifyRequest) => parse(DirectionParamsSchema, params).direction;
  app.put(`${MEMBER}/impairment/:direction`, (request) => {
    member(request).impair(direction(request), parse(ImpairmentSchema, request.body));
    return {};
  });
  app.delete(`${MEMBER}/impairment/:direction`, (request) => {
    member(request).impair(direction(request), undefined);
    return {};
  });
  app.put(`${MEMBER}/media-path`, (request) => {
    member(request).cut(parse(CutSchema, request.body));
    return {};
  });
  app.put(`${MEMBER}/parameter-sets`, (request) => {
    member(request).holdParameterSets(parse(ParameterSetsSchema, request.body));
    return {};
  });
  app.delete(`${MEMBER}/parameter-sets`, (request) => {
    member(request).holdParameterSets(undefined);
    return {};
  });
  app.post(`${MEMBER}/signalling-drop`, (request) => {
    member(request).dropSignalling(parse(DropSchema, request.body));
    return {};
  });
}
