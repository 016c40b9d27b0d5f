### ロックを知っている問い合わせフォーム、問い合わせのページ、そのメール。

support-known-change = 別の方ですか？変更する
support-name-optional = お名前（任意）
support-sent-status = 問い合わせを見る
support-sent-status-text = このページに回答が表示され、追記もできます。リンクを知っている人は内容を読めるので、ほかの人に渡さないでください。

request-received = メッセージを受け取りました
request-received-what = { $tenant } の担当者が順に読みます。参照番号は <b class="mono">{ $reference }</b> です。
request-open = サポートが対応しています
request-open-what = 回答はこのページに表示されます。参照番号は <b class="mono">{ $reference }</b> です。
request-answered = サポートが回答しました
request-answered-what = 下の回答をご覧ください。解決しない場合は、このページで返信してください。
request-closed = この問い合わせは終了しました
request-closed-what = { $tenant } の担当者が終了しました。
request-signed-in = 再びログインできました
request-signed-in-what = ログインされたため、この問い合わせは自動的に終了しました。
request-you = あなた
request-them = { $tenant } サポート
request-lock-ends = ロックは <b>{ $time }</b> に自動的に終わります
request-lock-endless = ロックは自動的には終わりません。
request-add = メッセージを追加
request-add-button = メッセージを送る
request-over = 終了から一週間以上たっています。まだ何かあれば、新しいメッセージを書いてください。
request-new = 新しいメッセージを書く
request-reset-text = メールで新しいパスワードを設定しても、ロックは終わります。

mail-ack-status = 問い合わせと回答を見る、追記する：
mail-reply-subject = { $reference } への回答
mail-reply-title = { $tenant } サポートからの回答
mail-reply-status = 問い合わせ全体を見て返信する：
mail-reply-button = 返信する
mail-reply-why = このアドレスでサポートに問い合わせがあったため送信しました。

canned-lock-over = ロックは終わりました
canned-lock-endless = 解除されるまで
desk-reset-offer = あなたのアカウントに入ろうとした人がいましたが、誰も入っていません。アカウントはロックしたままにします。こちらで新しいパスワードを設定してください：{ $page }
