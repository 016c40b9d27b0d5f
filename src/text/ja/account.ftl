### 自分のアカウントのページ。

account-back = アカウントへ戻る
account-password = パスワードを変更
account-password-first = パスワードを設定
account-app-on = オン
account-app-off = オフ
account-done-password = パスワードを変更しました。
account-done-app-on = 認証アプリがオンになりました。これからはサインインのときにアプリのコードが必要です。
account-done-app-off = 認証アプリがオフになり、リカバリーコードも使えなくなりました。
account-done-device = その端末からサインアウトしました。
account-done-others = ほかのすべての端末からサインアウトしました。
account-done-language = 保存しました。
account-done-forgotten = そのブラウザーを忘れました。
account-done-forgotten-others = ほかのブラウザーをすべて忘れました。
account-done-forgotten-all = すべてのブラウザーを忘れました。

## 今のパスワード
present-title = ご本人の確認
present-what = <b>{ $who }</b> のサインイン方法を変える前に、もう一度パスワードを入力してください。
present-again = <b>{ $who }</b> のサインイン方法を変える前に、一度サインアウトしてからサインインしてください。
present-field = 今のパスワード
present-fault-missing = 今のパスワードを入力してください
present-fault-wrong = 今のパスワードが正しくありません

## 認証アプリ
app-title = 認証アプリ
app-since = <b>{ $time }</b> からオン
app-on-what = パスワードの次に、アプリのコードの入力が必要です。
app-off-what = 30秒ごとに変わるコードで、パスワードを知っているだけの人を防げます。
app-begin-button = アプリを設定
app-replace-title = 電話を替えましたか？
app-replace-what = 新しいアプリを確認するまでは、今のアプリが有効です。
app-replace-button = 別のアプリを設定
app-remove-title = アプリを外す
app-remove-what = パスワードだけでサインインできるようになり、リカバリーコードは使えなくなります。
app-remove-button = アプリを外す
app-set-up-title = アプリを設定
app-set-up-what = 電話の認証アプリで画像を読み取り、アプリに表示されるコードを入力してください。
app-qr = アプリのキーを含むQRコード
app-open = この端末のアプリで開く
app-secret = またはこのキーをアプリに入力
app-secret-once = 表示は一度だけです。
app-confirm-hint = 6桁の数字です。アプリに正しいキーがあることを確認します。
app-confirm-button = オンにする
app-cancel = 何も変えない
app-start-again-title = キーがアプリにありませんか？
app-start-again-what = このキーはもう使えません。
app-start-again-button = やり直す

## リカバリーコード
recovery-title = リカバリーコード
recovery-what = 電話をなくしたとき、それぞれ一度だけアプリのコードの代わりになります。
recovery-some = まだ使っていないコードがあります。新しいコードに置き換わります。
recovery-none = 一つもありません。
recovery-button = 新しい10個を作る
recovery-back = アプリへ戻る
recovery-new-title = あなたのリカバリーコード
recovery-new-what = 印刷するか安全な場所に保管してください。アプリのある電話には置かないでください。
recovery-once = 表示は一度だけです。それぞれ一度だけ使えます。
recovery-kept-button = 保管しました

## セッション
sessions-title = サインイン中の端末
sessions-what = 今アカウントにサインインしている場所です。
sessions-here = この端末
sessions-from = { $place } から
sessions-somewhere = 別の端末
sessions-began = サインイン：{ $time }。
sessions-began-password = サインイン：{ $time }、パスワード。
sessions-began-code = サインイン：{ $time }、メールのコード。
sessions-used = 最後の使用：{ $time }。
sessions-button = ほかをサインアウト

## 覚えているブラウザー
devices-title = 覚えているブラウザー
devices-what = 以前このアカウントにサインインしたブラウザーです。他人の試行でアカウントがロックされている間も、ここからはサインインできます。
devices-none = 覚えているブラウザーはまだありません。サインインすると覚えます。
devices-here = このブラウザー
devices-browser-on = { $browser }（{ $system }）
devices-some-on = { $system } のブラウザー
devices-some = ブラウザー
devices-used = 最後のサインイン：{ $time }。
devices-used-from = 最後のサインイン：{ $time }、{ $place } から。
devices-button = 忘れる
devices-button-others = ほかをすべて忘れる
devices-button-all = すべて忘れる
devices-after = 忘れてもサインアウトはしません。

## 言語
language-title = 言語とタイムゾーン
language-what = ページとお送りするメールに使います。
language-field = 言語
language-zone = タイムゾーン
language-zone-hint = Asia/Tokyo のような地名、または UTC。
language-fault-zone = Asia/Tokyo のようなタイムゾーンを入力してください
language-button = 保存
