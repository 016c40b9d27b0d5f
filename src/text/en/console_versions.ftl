### Versions of the policy, a stricter one for a while, and a policy as a document.

versions-title = Versions
versions-export = Export as TOML
versions-one = Version { $version }
versions-live = live
versions-over = decides now
versions-was-over = for a while
versions-ends = ends { $time }
versions-newest = Newest
versions-older = Older
versions-changed = What it changed about version { $version }
versions-first = The first version
versions-from-live = Beside version { $version }, which is live
versions-no-difference = No difference.
versions-effect = What was predicted
versions-effect-nothing = Nothing was on record in these days, so nothing could be predicted.
versions-effect-awaited = It is being worked out from the 7 days before it was saved. Look again in a minute.
versions-effect-never = It was not worked out: another version had taken its place, or the server was stopped for too long.
versions-effect-from = { $count ->
    [one] { $count } recorded try,
   *[other] { $count } recorded tries,
}
versions-effect-before = live then
versions-effect-under = this version
versions-range = { $likely } ({ $low } to { $high })
versions-whole = The whole policy
versions-back = Go back to this
versions-back-title = Go back to version { $version }
versions-back-reason = Back to version { $version }
versions-keep = Leave as it is

overlay-title = Stricter for a while
overlay-link = Stricter for a while
overlay-what = Put over version { $version }, and gone by itself. It is never milder in any field.
overlay-on = A stricter policy decides until { $time }.
overlay-after = Then the live policy decides again. Locks that stand keep their end.
overlay-version = Version { $version }
overlay-end = End it now
overlay-changes = What changes while it lasts
overlay-presets = As strict as
overlay-nothing = This is stricter than the live policy in nothing. Choose another one, or make a draft on the policy screen.
overlay-rest = What is stricter in the live policy stays, and so does the way back in: unlock mails, links and known devices.
overlay-length = For how long
overlay-length-hint = From 5m to 7d, such as 30m or 2h
overlay-length-fault = For how long: enter a length from 5m to 7d
overlay-reason = Reason
overlay-reason-fault = Enter why it is needed
overlay-set = Set it
overlay-done = A stricter policy decides until { $time }.
overlay-ended = The live policy decides again.
overlay-over = It had ended already. The live policy decides.

import-title = Import
import-what = A policy as TOML or JSON, as the export and the command line write it. You see what it changes before anything is saved.
import-file = File
import-file-hint = Its text is put into the field below. You can paste it there as well.
import-text = Policy
import-show = Show as a draft

shadow-title = Watched policy
shadow-link = Watch it first
shadow-what = Each night what was tried is replayed under a second policy, beside the live one. Nobody is locked by it.
shadow-recorded = recorded, not decided
shadow-since = Version { $version }, watched since { $time }
shadow-same = It is as version { $version }, which is live.
shadow-end = Stop watching
shadow-ended = No policy is watched any more.
shadow-set = Watch this policy
shadow-set-done = Version { $version } is watched. Its first days are worked out within minutes.
shadow-draft = Your draft
shadow-reason-fault = Enter why it is watched
shadow-none-title = No policy is watched
shadow-none = Make a draft on the policy screen and choose “Watch it first”.
shadow-waiting-title = No day yet
shadow-waiting = Days that have passed are worked out within minutes, the others each night.
shadow-days = By day
shadow-pairs = live → watched, days of UTC
versions-watched = watched
