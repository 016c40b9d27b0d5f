### ホストされるページ。タグを含む文は HTML として出力され、引数はエスケープされます。

## サインイン
sign-in-title = サインイン
sign-in-signed-out = サインアウトしました。
sign-in-signed-out-since = セッションは { $time } に終了しました。
sign-in-not-available = 現在サインインできません。1分後にもう一度お試しください。

## ロック中
locked-title = サインインはロックされています
locked-until = <b>{ $time }</b> まで
locked-relative = （{ $relative }）
locked-until-unlocked = 解除されるまで
locked-why = <b>{ $who }</b> のサインインが何度も失敗しました。それまでは正しいパスワードでも受け付けられません。
locked-why-endless = <b>{ $who }</b> のサインインが何度も失敗しました。解除されるまでは正しいパスワードでも受け付けられません。
locked-why-staff = { $tenant }の担当者が <b>{ $who }</b> のサインインをロックしました。それまでは正しいパスワードでも受け付けられません。
locked-why-staff-endless = { $tenant }の担当者が <b>{ $who }</b> のサインインをロックしました。このロックを解除できるのは担当者だけです。
locked-why-long-run = <b>{ $who }</b> のサインインが非常に多く失敗しました。待ってもこのロックは解除されません。
locked-ways = { $count ->
    [1] 再びサインインする方法
    [2] 再びサインインする2つの方法
    [3] 再びサインインする3つの方法
   *[other] 再びサインインする方法
}
locked-mail-title = お送りしたメールを開く
locked-mail-address = このアドレスのアカウントがある場合は、メールをお送りしました。「{ $tenant } アカウントのロック解除」という件名を迷惑メールフォルダーも含めて探し、メールの中のボタンを押してください。
locked-mail-name = この名前のアカウントがある場合は、持ち主にメールをお送りしました。「{ $tenant } アカウントのロック解除」という件名を迷惑メールフォルダーも含めて探し、メールの中のボタンを押してください。
locked-mail-again = もう一度送信
locked-mail-sent = { $sent } に再送しました。次は { $next } から送信できます。
locked-mail-pause = 次は { $next } から送信できます。
locked-reset-text = これでもロックは解除されます。
locked-wait-title = { $time } まで待つ
locked-wait-text = その後、<a href="{ $href }">もう一度サインイン</a>してください。
locked-check-title = もう一度確認
locked-check-text = すでに誰かがロックを解除しているかもしれません。
locked-support-text = サポートはこのロックを確認できます。フォームの入力は1分ほどです。
locked-support-mail = サポートはこのロックを確認できます。{ $address } にメールを送ることもできます。

## 閉鎖
banned-title = サインインできません
banned-why = { $tenant }の担当者が <b>{ $who }</b> のアカウントを閉鎖しました。待っても、ロック解除メールを使っても変わりません。
banned-other = 別のアカウントを使う
banned-other-text = 担当者が再び開くまで、このアカウントは閉鎖されたままです。

## ロック解除の確認
confirm-title = アカウントのロックを解除しますか？
confirm-what = ボタンを押すとロックが解除されます。サインインは行われません。
confirm-ended-title = ロックは終了しました
confirm-ended-what = ロックは <b>{ $time }</b> に終了しました。ボタンを押すと、{ $count }回の失敗の記録も消えます。サインインは行われません。
confirm-ended-button = 失敗の記録を消す
confirm-ended-not-me = いずれのサインインも成功していません。このページを閉じて、<a href="{ $href }">サポートにお知らせください</a>。
confirm-account = アカウント
confirm-locked = ロック
confirm-locked-value = { $time }、{ $count }回の失敗の後
confirm-then = その後
confirm-then-value = パスワードを{ $count }回試せます
confirm-valid = リンクの期限
confirm-valid-value = { $time } まで
confirm-button = ロックを解除する
confirm-not-me-title = お心当たりがない場合
confirm-not-me = いずれのサインインも成功していません。ロックしたままにするにはこのページを閉じて、<a href="{ $href }">サポートにお知らせください</a>。

## ロック解除後
unlocked-title = アカウントのロックが解除されました
unlocked-since = <b>{ $time }</b> から
unlocked-tries = 今すぐサインインしてください。{ $count }回試せます。
unlocked-already-title = すでに解除されています
unlocked-already-since = <b>{ $time }</b> から
unlocked-already-why = アカウントは使えます。下からサインインしてください。
unlocked-ended-title = ロックは終了しました
unlocked-ended-since = <b>{ $time }</b> に自動的に終了
unlocked-ended-why = 今すぐサインインしてください。メールのリンクは必要ありません。
unlocked-unsure = パスワードに自信がない場合は、<a href="{ $href }">新しいパスワードを設定</a>してください。

## 使えなくなったリンク
dead-expired-title = このリンクは期限切れです
dead-expired-at = <b>{ $time }</b> に期限切れ
dead-expired-why = ロック解除リンクの有効期間は{ $wait }です。お客様の操作に問題はありません。
dead-superseded-title = このリンクは古くなっています
dead-superseded-why = 以前のロックのものです。
dead-forged-title = このリンクは使えません
dead-forged-why = 途中で切れている可能性があります。メールのリンク全体をコピーするか、新しいリンクを送信してください。
dead-button = 新しいメールを送信
dead-known-hint = このリンクを受け取ったアドレスに届きます。
dead-sign-in-text = ロックは自動的に終了しているかもしれません。
dead-reset-text = これでもロックは解除されます。

## このリンクでは解除できないロック
held-staff-title = 担当者によるロック
held-staff-why = このロックは{ $tenant }の担当者が設定したものです。ロック解除リンクでは解除できません。
held-long-run-title = まだロックされています
held-long-run-why = 失敗が長く続いています。このロックはロック解除リンクでは解除できませんが、サポートなら解除できます。
held-long-run-why-reset = 失敗が長く続いています。新しいパスワードを設定するとこのロックは解除されます。サポートも解除できます。
held-limit-title = 本日はこれ以上解除できません
held-limit-until = 次は <b>{ $time }</b> から解除できます
held-limit-why = このアカウントは24時間以内にメールで{ $count }回解除されました。これが上限です。
held-endless = 担当者が解除するまで
held-support-title = { $tenant }の担当者に問い合わせる
held-support-text = 担当者はこのロックを解除し、理由を説明できます。

## ロック解除メールの依頼
request-title = ロック解除メールを送信
request-what = アカウントがロックされている場合、解除用のボタンが入ったメールをお送りします。
request-button = メールを送信
requested-title = メールをご確認ください
requested-at = <b>{ $time }</b> に依頼
requested-what = <b>{ $who }</b> のアカウントがあり、ロックされている場合は、メールをお送りしています。届くまで1分ほどかかることがあります。
requested-what-known = アカウントがまだロックされている場合は、リンクを受け取ったアドレスにメールをお送りしています。届くまで1分ほどかかることがあります。
requested-missing-title = メールが届かない場合
requested-missing = 迷惑メールフォルダーで「{ $tenant } アカウントのロック解除」を探してください。次は { $next } から送信できます。
requested-again = もう一度依頼する

## サポート
support-title = { $tenant }のサポートに連絡
support-what = 担当者が読み、メールで返信します。
support-what-mail = 担当者が読み、メールで返信します。<a href="mailto:{ $address }">{ $address }</a> にメールを送ることもできます。
support-known-title = ロックについてはすでに把握しています
support-known = { $who }、{ $time } までロック中
support-known-endless = { $who }、ロック中
support-name = お名前
support-identifier-hint = サインインに使うものです。
support-subject = どのような件ですか？
support-subject-no-mail = ロック解除メールが届かない
support-subject-link = リンクが使えない
support-subject-not-me = 自分ではない
support-subject-password = パスワードを忘れた
support-subject-other = その他
support-message = メッセージ
support-message-hint = ここにパスワードを書かないでください。{ $tenant }の担当者がお尋ねすることはありません。
support-button = サポートに送信
support-after = 参照番号はすぐに、返信はメールで届きます。
support-trap = この欄は空のままにしてください
support-fault-name = お名前を入力してください
support-fault-name-long = お名前を短くしてください
support-fault-name-odd = お名前は1行で、特殊な文字を使わずに入力してください
support-fault-subject = どのような件かを選んでください
support-fault-message = メッセージを入力してください
support-fault-message-long = メッセージを{ $count }文字以内にしてください
support-fault-message-odd = 表示できない特殊な文字を取り除いてください
support-sent-title = メッセージを受け付けました
support-sent-at = <b>{ $time }</b> に受付
support-sent-what = { $tenant }の担当者がメールで返信します。参照番号は <b class="mono">{ $reference }</b> です。
support-sent-copy = 控えをメールでお送りしています。
support-sent-yours = お書きになった内容
support-sent-meanwhile = それまでの間
support-sent-unlock = ロック解除メールを送信
support-sent-unlock-text = アカウントがロックされている場合、これが最も早い方法です。
support-sent-sign-in-text = 期限のあるロックは自動的に解除されます。

## アカウント
account-title = サインインしています
account-since = <b>{ $time }</b> から
account-name = お名前
account-identifier = サインイン名
account-tenant = サービス
account-button = サインアウト
account-done = このページを閉じるか、元の場所に戻ってください。

## 問題が起きたとき
fault-not-found-title = ページが見つかりません
fault-not-found = アドレスの入力に誤りがあるか、ページが移動した可能性があります。
fault-wrong-method-title = このページは別の使い方をします
fault-wrong-method = ページはありますが、この方法では使えません。サインインからやり直してください。
fault-bad-request-title = 一部が届きませんでした
fault-bad-request = ブラウザーから送られた内容の一部を読み取れませんでした。前に戻ってもう一度お試しください。
fault-too-large-title = 内容が大きすぎます
fault-too-large = ブラウザーから送られた内容が、ここで受け付けられる大きさを超えています。短くしてもう一度お試しください。
fault-other-site-title = 別のページから送信されました
fault-other-site = 安全のため、この操作は当サイトのページからのみ行えます。ページを開き直して、そこでやり直してください。
fault-too-many-title = リクエストが多すぎます
fault-too-many = 失われたものはありません。あと{ $wait }でもう一度お試しいただけます。
fault-unavailable-title = 1分後にもう一度お試しください
fault-unavailable = 現在、こちら側で問題が起きています。お客様の操作に問題はありません。
fault-button = サインインへ
fault-retry = もう一度試す
fault-no-tenant = このアドレスにサインインページはありません。受け取ったアドレスをご確認ください。
