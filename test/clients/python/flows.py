"""Every documented flow of PyPI's agora-rest-client (unmodified), against whatever stands behind HTTPS_PROXY.

Prints one JSON line per flow: what the client handed to its caller, or the error that it raised.
"""
import json
import os
import socket
import sys
import threading

# The client chooses a host by looking its name up, and the machine may have no DNS: the names lead to the proxy anyway.
socket.gethostbyname = lambda host: "127.0.0.1"

from agora_rest_client.core import domain
from agora_rest_client.services.cloud_recording.v1.individual_recording import api_start as individual_start
from agora_rest_client.services.cloud_recording.v1.individual_recording import api_update as individual_update
from agora_rest_client.services.cloud_recording.v1.individual_recording.individual_recording_client import IndividualRecordingClient
from agora_rest_client.services.cloud_recording.v1.mix_recording import api_start as mix_start
from agora_rest_client.services.cloud_recording.v1.mix_recording import api_update as mix_update
from agora_rest_client.services.cloud_recording.v1.mix_recording import api_update_layout as mix_layout
from agora_rest_client.services.cloud_recording.v1.mix_recording.mix_recording_client import MixRecordingClient
from agora_rest_client.services.cloud_recording.v1.web_recording import api_start as web_start
from agora_rest_client.services.cloud_recording.v1.web_recording import api_update as web_update
from agora_rest_client.services.cloud_recording.v1.web_recording.web_recording_client import WebRecordingClient

APP_ID, CUSTOMER, SECRET, CHANNEL = (os.environ[name] for name in ("APP_ID", "CUSTOMER", "SECRET", "CHANNEL"))
STORAGE = dict(vendor=1, region=7, bucket="b", accessKey="ak", secretKey="sk", fileNamePrefix=["dir1", "dir2"])
ALL = ["#allstream#"]
next_uid = iter(range(900000001, 900001000))


def client_of(kind):
    # A service region puts /ap before /v1; without one the path begins with /v1.
    return (
        kind.new_builder()
        .with_app_id(APP_ID)
        .with_credential_basic_auth(CUSTOMER, SECRET)
        .with_domain(domain.Domain(domain.EndpointRegion.EU.value, os.environ.get("SERVICE_REGION")))
        .build()
    )


def plain(answer):
    return {name: value for name, value in vars(answer).items() if value is not None}


def flow(name, kind, acquire, start, updates):
    steps, uid = [], str(next(next_uid))
    try:
        client = client_of(kind)
        acquired = acquire(client, uid)
        steps.append(["acquire", plain(acquired)])
        started = start(client, acquired.resourceId, uid)
        steps.append(["start", plain(started)])
        ids = (acquired.resourceId, started.sid)
        await_media(client, ids)
        steps.append(["query", plain(client.query(*ids))])
        for word, update in updates:
            steps.append([word, plain(update(client, *ids, CHANNEL, uid))])
        steps.append(["query", plain(client.query(*ids))])
        steps.append(["stop", plain(client.stop(*ids, CHANNEL, uid, async_stop=False))])
        print(json.dumps({"flow": name, "ok": True, "steps": steps}))
    except Exception as error:
        print(json.dumps({"flow": name, "ok": False, "steps": steps, "error": repr(error), "text": str(error)}))


def await_media(client, ids):
    for _ in range(60):
        response = client.query(*ids).serverResponse
        if response["status"] == 5:
            return
        threading.Event().wait(0.1)
    raise RuntimeError("status 5 was not reached: %s" % response)


def postponed(mode, container, stream_types, **audio):
    config = individual_start.RecordingConfig(channelType=1, streamTypes=stream_types, subscribeAudioUids=ALL, subscribeUidGroup=0)
    options = individual_start.TranscodeOptions(transConfig={"transMode": mode}, container={"format": container}, audio=audio)
    apps = individual_start.AppsCollection(combinationPolicy="postpone_transcoding")
    return lambda c, rid, uid: c.start(
        rid, CHANNEL, uid, "", individual_start.StorageConfig(**STORAGE), config, apps_collection=apps, transcode_options=options
    )


def individual():
    # Not with enable_postpone_transcoding_mix: release 0.2.0 asks its own enum for a name that is not there.
    subscribe = lambda c, rid, sid, cname, uid: c.update(
        rid, sid, cname, uid,
        individual_update.StreamSubscribe(
            audioUidList=individual_update.AudioUidList(subscribeAudioUids=ALL),
            videoUidList=individual_update.VideoUidList(subscribeVideoUids=ALL),
        ),
    )
    acquire = lambda c, uid: c.acquire(CHANNEL, uid, resource_expired_hour=1)
    config = lambda: individual_start.RecordingConfig(
        channelType=1, streamTypes=2, maxIdleTime=30, subscribeAudioUids=ALL, subscribeVideoUids=ALL, subscribeUidGroup=0
    )
    snapshots = individual_start.SnapshotConfig(captureInterval=5, fileType=["jpg"])
    start = lambda c, rid, uid, **more: c.start(rid, CHANNEL, uid, "", individual_start.StorageConfig(**STORAGE), config(), **more)
    kind, updates = IndividualRecordingClient, [("update", subscribe)]
    flow("individual", kind, acquire, start, updates)
    flow("individual snapshots", kind, acquire, lambda *a: start(*a, snapshot_type=0, snapshot_config=snapshots), updates)
    flow("individual recording and snapshots", kind, acquire, lambda *a: start(*a, snapshot_type=1, snapshot_config=snapshots), updates)
    flow("individual postponed transcoding", kind, acquire, postponed("postponeTranscoding", "mp4", 2), [])
    flow("individual audio mix", kind, acquire, postponed("audioMix", "mp3", 0, sampleRate="48000", bitrate="48000", channels="2"), [])


def mix():
    transcoding = mix_start.api_start.TranscodingConfig(width=640, height=360, fps=15, bitrate=500, mixedVideoLayout=0, backgroundColor="#FF0000")
    config = lambda: mix_start.RecordingConfig(channelType=1, streamTypes=2, maxIdleTime=30, transcodingConfig=transcoding, audioProfile=1)
    subscribe = lambda c, rid, sid, cname, uid: c.update(
        rid, sid, cname, uid,
        mix_update.StreamSubscribe(
            audioUidList=mix_update.AudioUidList(unsubscribeAudioUids=["777"]),
            videoUidList=mix_update.VideoUidList(subscribeVideoUids=ALL),
        ),
    )
    best_fit = lambda c, rid, sid, cname, uid: c.update_layout(rid, sid, cname, uid, mixed_video_layout=1, background_color="#0000FF")
    custom = lambda c, rid, sid, cname, uid: c.update_layout(
        rid, sid, cname, uid, mixed_video_layout=3,
        layout_config=[mix_layout.LayoutConfig(x_axis=0, y_axis=0, width=0.3, height=0.3, alpha=0.9, render_mode=0)],
        background_config=[mix_layout.BackgroundConfig(uid="1", image_url="https://example.org/a.jpg", render_mode=1)],
    )
    start = lambda c, rid, uid: c.start(rid, CHANNEL, uid, "", mix_start.StorageConfig(**STORAGE), config())
    acquire = lambda c, uid: c.acquire(CHANNEL, uid, region_affinity=3, exclude_resource_ids=["x"])
    flow("mix", MixRecordingClient, acquire, start, [("update", subscribe), ("updateLayout", best_fit), ("updateLayout", custom)])


def web():
    recorder = web_start.ExtensionServices(
        serviceName="web_recorder_service", errorHandlePolicy="error_abort",
        serviceParam=web_start.ServiceParam(url="https://example.org/", audioProfile=1, videoWidth=1280, videoHeight=720, maxRecordingHour=1),
    )
    push = web_start.ExtensionServices(
        serviceName="rtmp_publish_service", errorHandlePolicy="error_ignore",
        serviceParam=web_start.ServiceParam(outputs=[{"rtmpUrl": "rtmp://example.org/app/key"}]),
    )
    start = lambda *services: lambda c, rid, uid: c.start(
        rid, CHANNEL, uid, web_start.StorageConfig(**STORAGE),
        web_start.ExtensionServiceConfig(errorHandlePolicy="error_abort", extensionServices=list(services)),
    )
    hold = lambda held: lambda c, rid, sid, cname, uid: c.update(rid, sid, cname, uid, web_update.WebRecordingConfig(onhold=held))
    both = lambda c, rid, sid, cname, uid: c.update(
        rid, sid, cname, uid, web_update.WebRecordingConfig(onhold=False),
        web_update.RtmpPublishConfig(outputs=[{"rtmpUrl": "rtmp://example.org/app/other"}]),
    )
    acquire = lambda c, uid: c.acquire(CHANNEL, uid)
    flow("web", WebRecordingClient, acquire, start(recorder), [("update", hold(True)), ("update", hold(False))])
    flow("web with RTMP", WebRecordingClient, acquire, start(recorder, push), [("update", both)])


individual()
mix()
web()
sys.stdout.flush()
# The client's thread for host names never ends.
os._exit(0)
