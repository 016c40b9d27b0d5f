### パスワード以外のサインインの手順。

sign-in-start-again = もう一度サインインしてください。時間がかかりすぎたか、その間にアカウントが変更されました。
button-mail-code = コードをメールで受け取る
button-continue = 続ける
button-new-code = 新しいコードを送る
button-save-password = パスワードを保存

## メールのコード
code-ask-title = コードでサインイン
code-ask-what = 一度だけ使える6桁のコードをメールでお送りします。
reset-what = コードをメールでお送りします。そのコードで新しいパスワードを設定すると、ロックも解除されます。
code-password = パスワードを使う
code-fault-no-address = アカウントのメールアドレスを入力してください。コードはそこへ送られます
code-title = コードを入力
code-what = <b>{ $who }</b> のアカウントがあれば、コードを記したメールが届きます。1分ほどかかることがあります。
code-field = メールのコード
code-hint = 6桁の数字です。
code-hint-until = 6桁の数字です。{ $time } まで有効です。
code-missing-title = メールが届きませんか？
code-missing = 迷惑メールのフォルダーもご確認ください。
code-pause = 新しいコードは { $next } から送れます。
code-other-address = 別のアドレスを使う
code-fault-missing = コードを入力してください
code-fault-wrong = コードが正しくありません
code-fault-expired = このコードは期限切れです
code-fault-spent = このコードは試した回数が多すぎます

## 新しいパスワード
new-password-what = <b>{ $who }</b> のパスワードです。
new-password-field = 新しいパスワード
new-password-hint = { $count }文字以上。
new-password-others = ほかのすべての端末からサインアウトする
new-password-fault-missing = 新しいパスワードを入力してください
new-password-fault-short = { $count }文字以上の新しいパスワードを入力してください
new-password-fault-long = もっと短い新しいパスワードを入力してください
new-password-fault-same = 今のパスワードとは違うものを入力してください

## 二つ目の手順
second-title = アプリのコードを入力
second-what = <b>{ $who }</b> の認証アプリを開いてください。
second-field = アプリのコード
second-hint = 6桁の数字です。30秒ごとに変わります。
second-to-recovery = リカバリーコードを使う
second-to-recovery-text = アプリを設定したときに保管したコードの一つです。
second-recovery-title = リカバリーコードを入力
second-recovery-what = <b>{ $who }</b> のために保管したコードの一つです。それぞれ一度だけ使えます。
second-recovery-field = リカバリーコード
second-to-app = アプリを使う
second-other = 別のアカウントでサインイン

## サインインするリンク
ticket-title = このリンクでサインイン
ticket-what = このリンクで <b>{ $who }</b> としてサインインします。使えるのは一度だけです。
ticket-not-me-title = 心当たりがない場合
ticket-not-me = このページを閉じてください。ボタンを押すまで何も起こりません。
ticket-dead-forged = 途中で切れている可能性があります。リンク全体をコピーしてください。
ticket-dead-expired = 有効期限が切れています。
ticket-dead-revoked = 取り消されています。
ticket-dead-used = すでに使われています。使えるのは一度だけです。
ticket-dead-void = 対象のアカウントはもう使えません。
ticket-dead-next = またはリンクの送り主に新しいものを頼んでください。
